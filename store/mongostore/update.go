package mongostore

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/go-asyncz/asyncz/store"
)

// A change is a conditional write of fields of one record.
type change struct {
	id  string
	rev int64 // that the record must have
	set bson.D
}

// update replaces records, with one outcome each.
func (s *Store) update(ctx context.Context, records []*store.Record) ([]error, error) {
	outcomes := make([]error, len(records))
	var changes []change
	var index []int // of the changes, in records
	for i, r := range records {
		due, err := dueField(r.Due)
		if err := errors.Join(err, checkSize(r)); err != nil {
			outcomes[i] = err
			continue
		}
		changes = append(changes, change{r.ID, revField(r.Rev), bson.D{
			{Key: "due", Value: due},
			{Key: "executor", Value: r.Executor},
			{Key: "data", Value: dataField(r.Data)},
		}})
		index = append(index, i)
	}
	done, err := s.change(ctx, changes, s.newMark())
	if err != nil {
		return nil, err
	}
	for n, err := range done {
		outcomes[index[n]] = err
	}
	return outcomes, nil
}

// change does changes by one command, with one outcome each.
//
// The server returns how many it has done. When that is all of them, it is all
// there is to know. Otherwise a look at the records tells by their marks which
// were done: the mark of a change stays for some revisions, so that others may
// have written the record since. What has been deleted since can't be seen; the
// server's number tells about it.
func (s *Store) change(ctx context.Context, changes []change, m mark) ([]error, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	models := make([]mongo.WriteModel, len(changes))
	ids := make([]string, len(changes))
	for i, c := range changes {
		ids[i] = c.id
		set := append(c.set[:len(c.set):len(c.set)],
			bson.E{Key: "rev", Value: c.rev + 1}, bson.E{Key: "by." + slot(c.rev+1), Value: int64(m)})
		models[i] = mongo.NewUpdateOneModel().
			SetFilter(bson.D{{Key: "_id", Value: c.id}, {Key: "rev", Value: c.rev}, readable}).
			SetUpdate(bson.D{{Key: "$set", Value: set}})
	}
	result, failed, err := s.bulk(ctx, s.tasks, models)
	if err != nil {
		return nil, err
	}
	outcomes := make([]error, len(changes))
	for i, err := range failed {
		outcomes[i] = s.refused(ctx, changes[i].id, err)
	}
	if result.MatchedCount+int64(len(failed)) == int64(len(changes)) {
		return outcomes, nil
	}
	seen, err := s.look(ctx, ids)
	if err != nil {
		return nil, err
	}
	var open []int
	done := result.MatchedCount
	for i, c := range changes {
		there, ok := seen[c.id]
		switch mine, known := false, false; {
		case outcomes[i] != nil:
			continue
		case ok && there.corrupt:
			outcomes[i] = fmt.Errorf("%w: %q", store.ErrCorrupt, c.id)
			continue
		case ok:
			mine, known = markedBy(there.raw, m, c.rev+1)
			fallthrough
		default:
			switch {
			case mine:
				done--
			case known:
				outcomes[i] = fmt.Errorf("%w: %q", store.ErrConflict, c.id)
			default:
				open = append(open, i)
			}
		}
	}
	settle(outcomes, open, done, func(i int) error {
		if _, ok := seen[changes[i].id]; ok {
			return fmt.Errorf("%w: %q", store.ErrConflict, changes[i].id)
		}
		return fmt.Errorf("%w: %q", store.ErrNotFound, changes[i].id)
	})
	return outcomes, nil
}
