package mongostore

import (
	"context"
	"fmt"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-asyncz/asyncz/store"
)

// A row of the history is
//
//	{_id: "ended/fire/task", task: string, fire: long, ended: long, data: binary}
//
// with times in microseconds. The _id makes a repeated append find its row.

func runID(e *store.RunEntry) string {
	return fmt.Sprintf("%d/%d/%s", micros(e.Ended), micros(e.Fire), e.Task)
}

// AppendRuns adds rows to the history, or replaces those that are there.
func (s *Store) AppendRuns(ctx context.Context, entries []store.RunEntry) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	if len(entries) == 0 {
		return nil
	}
	models := make([]mongo.WriteModel, len(entries))
	for i := range entries {
		e := &entries[i]
		models[i] = mongo.NewReplaceOneModel().SetUpsert(true).SetFilter(bson.D{{Key: "_id", Value: runID(e)}}).SetReplacement(bson.D{
			{Key: "_id", Value: runID(e)},
			{Key: "task", Value: e.Task},
			{Key: "fire", Value: micros(e.Fire)},
			{Key: "ended", Value: micros(e.Ended)},
			{Key: "data", Value: dataField(e.Data)},
		})
	}
	_, failed, err := s.bulk(ctx, s.runs, models)
	if err == nil && len(failed) > 0 {
		// Two that upsert the same row may both find it missing; now it is there.
		_, failed, err = s.bulk(ctx, s.runs, models)
	}
	for i, refused := range failed {
		return s.refused(ctx, entries[i].Task, refused)
	}
	return s.explain(ctx, err)
}

// Runs returns the rows that match, the last to end first. A row that can't be
// read comes as an error that wraps ErrCorrupt, and the others follow; one that
// doesn't tell when it ended has no place among them.
func (s *Store) Runs(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
	return func(yield func(store.RunEntry, error) bool) {
		var from *runPlace
		for left := q.Limit; ; {
			want := pageSize
			if q.Limit > 0 {
				want = min(want, left)
			}
			page, err := s.runPage(ctx, q, from, want)
			if err != nil {
				yield(store.RunEntry{}, err)
				return
			}
			for _, r := range page {
				if err := ctx.Err(); err != nil {
					yield(store.RunEntry{}, err)
					return
				}
				if !yield(r.entry, r.err) {
					return
				}
			}
			if left -= len(page); len(page) < want || left == 0 {
				return
			}
			from = &page[len(page)-1].at
		}
	}
}

// A runPlace is one in the order of the history.
type runPlace struct {
	ended int64
	id    string
}

// A foundRun is a row, or what is in its place.
type foundRun struct {
	at    runPlace
	entry store.RunEntry
	err   error // wraps ErrCorrupt
}

// runPage returns the next rows after a place: the rest of those that ended at
// the same time, and those that ended before.
func (s *Store) runPage(ctx context.Context, q store.RunQuery, from *runPlace, limit int) (page []foundRun, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	var base bson.D
	if q.Task != "" {
		base = bson.D{{Key: "task", Value: q.Task}}
	}
	span := bson.D{{Key: "$type", Value: "long"}}
	if !q.Since.IsZero() {
		span = append(span, bson.E{Key: "$gte", Value: micros(q.Since)})
	}
	if from == nil && !q.Until.IsZero() {
		span = append(span, bson.E{Key: "$lt", Value: micros(q.Until)})
	}
	if from != nil {
		same := append(base[:len(base):len(base)], bson.E{Key: "ended", Value: from.ended}, cond("_id", "$lt", from.id)[0])
		if page, err = s.findRuns(ctx, same, limit); err != nil || len(page) == limit {
			return page, err
		}
		span = append(span, bson.E{Key: "$lt", Value: from.ended})
	}
	before := append(base[:len(base):len(base)], bson.E{Key: "ended", Value: span})
	more, err := s.findRuns(ctx, before, limit-len(page))
	return append(page, more...), err
}

func (s *Store) findRuns(ctx context.Context, filter bson.D, limit int) ([]foundRun, error) {
	cursor, err := s.runs.Find(ctx, filter, options.Find().
		SetSort(ordered("-ended", "-_id")).SetLimit(int64(limit)).SetBatchSize(int32(limit)))
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	defer cursor.Close(ctx)
	var page []foundRun
	for cursor.Next(ctx) {
		d := fields{raw: cursor.Current}
		r := foundRun{entry: store.RunEntry{Task: d.text("task"), Fire: fromMicros(d.long("fire")), Data: d.binary("data")}}
		r.at = runPlace{d.long("ended"), d.text("_id")}
		r.entry.Ended = fromMicros(r.at.ended)
		r.err = d.err()
		page = append(page, r)
	}
	return page, s.explain(ctx, cursor.Err())
}
