package mongostore

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/go-asyncz/asyncz/store"
)

// remove deletes records, by id and revision, with one outcome each.
//
// What is deleted leaves no mark, and the server returns no more than how many
// it has deleted. So that this is enough to know the outcomes, a look beforehand
// sorts out what can't be deleted. If others come in between, a look afterwards
// tells what is left; a single delete needs no look before.
func (s *Store) remove(ctx context.Context, records []*store.Record) ([]error, error) {
	outcomes := make([]error, len(records))
	rest := []int{0}
	if len(records) > 1 {
		var err error
		if rest, err = s.deletable(ctx, records, outcomes); err != nil || len(rest) == 0 {
			return outcomes, err
		}
	}
	models := make([]mongo.WriteModel, len(rest))
	for n, i := range rest {
		filter := bson.D{{Key: "_id", Value: records[i].ID}}
		if records[i].Rev != 0 {
			filter = append(filter, bson.E{Key: "rev", Value: revField(records[i].Rev)}, readable)
		}
		models[n] = mongo.NewDeleteOneModel().SetFilter(filter)
	}
	result, failed, err := s.bulk(ctx, s.tasks, models)
	if err != nil {
		return nil, err
	}
	var open []int
	for n, i := range rest {
		if err, refused := failed[n]; refused {
			outcomes[i] = s.refused(ctx, records[i].ID, err)
		} else {
			open = append(open, i)
		}
	}
	if result.DeletedCount == int64(len(open)) {
		return outcomes, nil
	}
	return outcomes, s.afterRemove(ctx, records, open, result.DeletedCount, outcomes)
}

// deletable returns those of the records that are there and can be deleted, and
// notes the outcomes of the others.
func (s *Store) deletable(ctx context.Context, records []*store.Record, outcomes []error) (rest []int, err error) {
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	seen, err := s.look(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, r := range records {
		if there, ok := seen[r.ID]; !ok {
			outcomes[i] = fmt.Errorf("%w: %q", store.ErrNotFound, r.ID)
		} else if outcomes[i] = there.refuses(r); outcomes[i] == nil {
			rest = append(rest, i)
		}
	}
	return rest, nil
}

// refuses returns why a record can't be deleted, or nil.
func (t sight) refuses(r *store.Record) error {
	rev, _ := t.raw.Lookup("rev").Int64OK()
	switch {
	case r.Rev == 0:
		return nil
	case t.corrupt:
		return fmt.Errorf("%w: %q", store.ErrCorrupt, r.ID)
	case rev != revField(r.Rev):
		return fmt.Errorf("%w: %q", store.ErrConflict, r.ID)
	}
	return nil
}

// afterRemove finds the outcomes of deletes of which the server has done fewer
// than it was asked for. What is there in another form was not deleted; of what
// is gone, and of what may have come back, the server's number tells.
func (s *Store) afterRemove(ctx context.Context, records []*store.Record, asked []int, deleted int64, outcomes []error) error {
	ids := make([]string, len(asked))
	for n, i := range asked {
		ids[n] = records[i].ID
	}
	seen, err := s.look(ctx, ids)
	if err != nil {
		return err
	}
	var open []int
	for _, i := range asked {
		if there, ok := seen[records[i].ID]; ok {
			outcomes[i] = there.refuses(records[i])
		}
		if outcomes[i] == nil {
			open = append(open, i)
		}
	}
	settle(outcomes, open, deleted, func(i int) error {
		return fmt.Errorf("%w: %q", store.ErrNotFound, records[i].ID)
	})
	return nil
}
