package mongostore

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-asyncz/asyncz/store"
)

// A row of a history is
//
//	{_id: "log/ended/fire/task", log: string, task: string, fire: long, ended: long, data: binary}
//
// with times in microseconds, which in the _id are 16 digits that go up with them.
// So the _id has the order of the histories, and a repeated append finds its row.

const runStep = 5000 // rows that are trimmed at once

func runID(e *store.RunEntry) string {
	return logID(e.Log) + digits(e.Ended) + "/" + digits(e.Fire) + "/" + e.Task
}

// logID is what the ids of a history begin with, and logEnd comes after them all.
func logID(log string) string  { return log + "/" }
func logEnd(log string) string { return log + "0" }

func digits(t time.Time) string { return fmt.Sprintf("%016x", uint64(micros(t))^1<<63) }

// AppendRuns adds rows, or replaces those that are there. New ones, which most
// are, cost the server a fraction of what it takes to look for one to replace.
func (s *Store) AppendRuns(ctx context.Context, entries []store.RunEntry) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	rows, err := runDocuments(entries)
	if err != nil || len(rows) == 0 {
		return err
	}
	models := make([]mongo.WriteModel, len(rows))
	for i, r := range rows {
		models[i] = mongo.NewInsertOneModel().SetDocument(r.document)
	}
	_, failed, err := s.bulk(ctx, s.runs, models)
	// Two that upsert the same row may both find it missing; then it is there.
	for try := 0; err == nil && len(failed) > 0 && try < 2; try++ {
		var there []runDocument
		for i, refused := range failed {
			if refused.Code != codeDuplicateKey {
				return s.refused(ctx, rows[i].task, refused)
			}
			there = append(there, rows[i])
		}
		rows, models = there, nil
		for _, r := range rows {
			models = append(models, mongo.NewReplaceOneModel().SetUpsert(true).SetFilter(bson.D{{Key: "_id", Value: r.id}}).SetReplacement(r.document))
		}
		_, failed, err = s.bulk(ctx, s.runs, models)
	}
	for i, refused := range failed {
		return s.refused(ctx, rows[i].task, refused)
	}
	return s.explain(ctx, err)
}

// A runDocument is a row that is being written.
type runDocument struct {
	id, task string
	document bson.D
}

// runDocuments leaves out rows that a later one replaces.
func runDocuments(entries []store.RunEntry) ([]runDocument, error) {
	seen := make(map[string]bool, len(entries))
	rows := make([]runDocument, 0, len(entries))
	for i := range slices.Backward(entries) {
		e := &entries[i]
		if err := store.CheckRun(*e); err != nil {
			return nil, err
		}
		if len(e.Data) > maxData {
			return nil, fmt.Errorf("%w: the data of a run of %q has %d bytes, %d are allowed", store.ErrInvalid, e.Task, len(e.Data), maxData)
		}
		id := runID(e)
		if seen[id] {
			continue
		}
		seen[id] = true
		rows = append(rows, runDocument{id, e.Task, bson.D{
			{Key: "_id", Value: id},
			{Key: "log", Value: e.Log},
			{Key: "task", Value: e.Task},
			{Key: "fire", Value: micros(e.Fire)},
			{Key: "ended", Value: micros(e.Ended)},
			{Key: "data", Value: dataField(e.Data)},
		}})
	}
	return rows, nil
}

// Runs returns the rows that match, the last to end first. A row that can't be
// read comes as an error that wraps ErrCorrupt, and the others follow; one whose
// _id is none of ours has no place among them.
func (s *Store) Runs(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
	return func(yield func(store.RunEntry, error) bool) {
		if err := store.CheckRunQuery(q); err != nil {
			yield(store.RunEntry{}, err)
			return
		}
		from, to := logID(q.Log), logEnd(q.Log)
		if !q.Since.IsZero() {
			from += digits(q.Since)
		}
		if !q.Until.IsZero() {
			to = logID(q.Log) + digits(q.Until)
		}
		for left := q.Limit; ; {
			want := pageSize
			if q.Limit > 0 {
				want = min(want, left)
			}
			page, err := s.runPage(ctx, q, from, to, want)
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
			to = page[len(page)-1].id
		}
	}
}

// A foundRun is a row, or what is in its place.
type foundRun struct {
	id    string
	entry store.RunEntry
	err   error // wraps ErrCorrupt
}

// runPage returns the last rows of those with an _id in a span.
func (s *Store) runPage(ctx context.Context, q store.RunQuery, from, to string, limit int) ([]foundRun, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	var filter bson.D
	if q.Task != "" {
		filter = append(filter, bson.E{Key: "log", Value: q.Log}, bson.E{Key: "task", Value: q.Task})
	}
	if !q.Fire.IsZero() {
		filter = append(filter, bson.E{Key: "fire", Value: micros(q.Fire)})
	}
	filter = append(filter, between(from, to))
	cursor, err := s.runs.Find(ctx, filter, options.Find().
		SetSort(ordered("-_id")).SetLimit(int64(limit)).SetBatchSize(int32(limit)))
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	defer cursor.Close(ctx)
	var page []foundRun
	for cursor.Next(ctx) {
		d := fields{raw: cursor.Current}
		e := store.RunEntry{Log: d.text("log"), Task: d.text("task"), Fire: fromMicros(d.long("fire")), Ended: fromMicros(d.long("ended")), Data: d.binary("data")}
		page = append(page, foundRun{id: d.text("_id"), entry: e, err: d.err()})
	}
	return page, s.explain(ctx, cursor.Err())
}

// between is true of the rows whose _id is from one up to another.
func between(from, to string) bson.E {
	return bson.E{Key: "_id", Value: bson.D{{Key: "$gte", Value: from}, {Key: "$lt", Value: to}}}
}
