package mongostore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-asyncz/asyncz/store"
)

// ferretStatements is how many statements a command to FerretDB 1 may have. It
// keeps a connection to its database for each statement of an update, has 100
// in all, and waits for ever for one more.
const ferretStatements = 50

// bulk does writes of one kind. It returns their counts and the errors of single
// writes by their number; apart from these, what makes the whole fail.
//
// Where the server has a replication log, the driver repeats a command whose
// reply was lost, and the server knows it again by the number of its session
// and doesn't do it twice. Otherwise a lost reply is an error of the whole.
func (s *Store) bulk(ctx context.Context, in *mongo.Collection, models []mongo.WriteModel) (sum mongo.BulkWriteResult, failed map[int]mongo.WriteError, err error) {
	failed = map[int]mongo.WriteError{}
	size := len(models)
	if s.ferret {
		size = ferretStatements
	}
	from := 0
	for part := range slices.Chunk(models, max(size, 1)) {
		result, err := in.BulkWrite(ctx, part, options.BulkWrite().SetOrdered(false))
		var partly mongo.BulkWriteException
		if err != nil && (!errors.As(err, &partly) || partly.WriteConcernError != nil || result == nil) {
			return mongo.BulkWriteResult{}, nil, err
		}
		sum.MatchedCount += result.MatchedCount
		sum.DeletedCount += result.DeletedCount
		for _, e := range partly.WriteErrors {
			failed[from+e.Index] = e.WriteError
		}
		from += len(part)
	}
	return sum, failed, nil
}

// refused is what became of a write that the server has refused.
func (s *Store) refused(ctx context.Context, id string, err mongo.WriteError) error {
	if slices.Contains(tooLarge, err.Code) {
		return fmt.Errorf("%w: the task %q: with its data the document is larger than 16 MiB", store.ErrInvalid, id)
	}
	return fmt.Errorf("the task %q can't be written: %w", id, s.explain(ctx, err))
}

// A sight of a record is what a look after a bulk write finds under its id.
type sight struct {
	raw     bson.Raw // rev and by
	corrupt bool
}

// mostIDs bounds the ids of one query: each has up to 255 bytes, and a query
// has up to 16 MiB.
const mostIDs = 10_000

// look returns what there is under these ids.
func (s *Store) look(ctx context.Context, ids []string) (map[string]sight, error) {
	seen := make(map[string]sight, len(ids))
	for part := range slices.Chunk(ids, mostIDs) {
		err := s.collect(ctx, bson.D{cond("_id", "$in", part)[0], readable}, ordered("rev", "by"), func(raw bson.Raw) {
			seen[raw.Lookup("_id").StringValue()] = sight{raw: raw}
		})
		if err != nil {
			return nil, err
		}
		others := slices.DeleteFunc(slices.Clone(part), func(id string) bool { _, ok := seen[id]; return ok })
		if len(others) == 0 {
			continue
		}
		// Whole, because what was not there a moment ago may be by now.
		err = s.collect(ctx, cond("_id", "$in", others), nil, func(raw bson.Raw) {
			_, err := decode(raw)
			seen[raw.Lookup("_id").StringValue()] = sight{raw: raw, corrupt: err != nil}
		})
		if err != nil {
			return nil, err
		}
	}
	return seen, nil
}

// collect hands over a copy of each document that the filter selects.
func (s *Store) collect(ctx context.Context, filter, projection bson.D, each func(bson.Raw)) error {
	find := options.Find()
	if projection != nil {
		find.SetProjection(projection)
	}
	cursor, err := s.tasks.Find(ctx, filter, find)
	if err != nil {
		return err
	}
	defer cursor.Close(ctx)
	for cursor.Next(ctx) {
		each(slices.Clone(cursor.Current))
	}
	return cursor.Err()
}

// errUncertain is the outcome of a write when others wrote the same record in
// the same moment, so that nothing tells any more whether it was done.
var errUncertain = errors.New("others wrote the task at the same moment, and it isn't known whether this write was done before")

// settle gives the writes that left no trace their outcomes. The server has
// told how many were done beside those that are known: mostly all or none.
func settle(outcomes []error, open []int, done int64, lost func(i int) error) {
	for _, i := range open {
		switch {
		case done <= 0:
			outcomes[i] = lost(i)
		case done < int64(len(open)):
			outcomes[i] = fmt.Errorf("%w", errUncertain)
		}
	}
}
