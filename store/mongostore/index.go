package mongostore

import (
	"context"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// indexes are those that the queries need, by name.
func (s *Store) indexes() map[*mongo.Collection]map[string]bson.D {
	return map[*mongo.Collection]map[string]bson.D{
		s.tasks: {
			"asyncz_executor_due": ordered("executor", "due", "_id"),
			// for walks, and for queries of all labels
			"asyncz_due": ordered("due", "_id"),
		},
		s.runs: {
			// the order of all is that of the _id
			"asyncz_task": ordered("log", "task", "-_id"),
			"asyncz_fire": ordered("log", "task", "fire"),
		},
	}
}

// ordered is an order by fields, those with a minus from the last to the first,
// and a choice of fields too.
func ordered(fields ...string) bson.D {
	var d bson.D
	for _, f := range fields {
		name, descending := strings.CutPrefix(f, "-")
		direction := 1
		if descending {
			direction = -1
		}
		d = append(d, bson.E{Key: name, Value: direction})
	}
	return d
}

// index makes the indexes that are missing.
func (s *Store) index(ctx context.Context) error {
	for collection, wanted := range s.indexes() {
		missing, err := missingIndexes(ctx, collection, wanted)
		if err != nil {
			return err
		}
		var models []mongo.IndexModel
		for _, name := range missing {
			models = append(models, mongo.IndexModel{Keys: wanted[name], Options: options.Index().SetName(name)})
		}
		if len(models) == 0 {
			continue
		}
		if _, err := collection.Indexes().CreateMany(ctx, models); err != nil {
			// Two processes that start together make the same indexes, and not
			// every server takes that well.
			if missing, again := missingIndexes(ctx, collection, wanted); again != nil || len(missing) > 0 {
				return err
			}
		}
	}
	return nil
}

// missingIndexes returns the names of the indexes that a collection lacks.
func missingIndexes(ctx context.Context, collection *mongo.Collection, wanted map[string]bson.D) ([]string, error) {
	found, err := collection.Indexes().ListSpecifications(ctx)
	if err != nil && !hasCode(err, codeNamespaceNotFound) {
		return nil, err
	}
	there := map[string]bool{}
	for _, f := range found {
		there[f.Name] = true
	}
	var missing []string
	for name := range wanted {
		if !there[name] {
			missing = append(missing, name)
		}
	}
	return missing, nil
}
