package mongostore

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/go-asyncz/asyncz/store"
)

// insert adds records, with one outcome each.
func (s *Store) insert(ctx context.Context, records []*store.Record) ([]error, error) {
	m := s.newMark()
	outcomes := make([]error, len(records))
	var models []mongo.WriteModel
	var index []int // of the models, in records
	for i, r := range records {
		due, err := dueField(r.Due)
		if err := errors.Join(store.CheckID(r.ID), err, checkSize(r)); err != nil {
			outcomes[i] = err
			continue
		}
		models = append(models, mongo.NewInsertOneModel().SetDocument(bson.D{
			{Key: "_id", Value: r.ID},
			{Key: "due", Value: due},
			{Key: "executor", Value: r.Executor},
			{Key: "rev", Value: int64(1)},
			{Key: "data", Value: dataField(r.Data)},
			{Key: "by", Value: bson.D{{Key: slot(1), Value: int64(m)}}},
		}))
		index = append(index, i)
	}
	if len(models) == 0 {
		return outcomes, nil
	}
	_, failed, err := s.bulk(ctx, s.tasks, models)
	if err != nil {
		return nil, err
	}
	var taken []string
	for n, err := range failed {
		id := records[index[n]].ID
		if err.Code != codeDuplicateKey {
			outcomes[index[n]] = s.refused(ctx, id, err)
			continue
		}
		outcomes[index[n]] = fmt.Errorf("%w: %q", store.ErrExists, id)
		taken = append(taken, id)
	}
	if len(taken) == 0 {
		return outcomes, nil
	}
	// An insert that was repeated on the way meets the document of the first try.
	seen, err := s.look(ctx, taken)
	if err != nil {
		return nil, err
	}
	for n := range failed {
		there, ok := seen[records[index[n]].ID]
		if !ok || there.corrupt {
			continue
		}
		if mine, _ := markedBy(there.raw, m, 1); mine {
			outcomes[index[n]] = nil
		}
	}
	return outcomes, nil
}
