package mongostore

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-asyncz/asyncz/store"
)

// pageSize is the number of records that a walk reads at a time.
const pageSize = 500

// All returns all records by due time, then by id, those without a due time
// after them, and at the end the documents that can't be read. It keeps no
// cursor open while the caller works.
func (s *Store) All(ctx context.Context) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		w := walk{s: s, ctx: ctx, yield: yield}
		var from *place
		scheduled := func() ([]found, error) { return s.page(ctx, nil, from, math.MaxInt64, pageSize) }
		if !w.pages(scheduled, func(last place) { from = &last }) {
			return
		}
		id := ""
		paused := func() ([]found, error) {
			return s.find(ctx, bson.D{{Key: "due", Value: nil}, cond("_id", "$gt", id)[0], readable}, pageSize)
		}
		if w.pages(paused, func(last place) { id = last.id }) {
			w.broken()
		}
	}
}

// A walk goes over all documents.
type walk struct {
	s     *Store
	ctx   context.Context //nolint:containedctx // a walk is one call
	yield func(store.Record, error) bool
	// late are documents that can't be read although the server thinks so.
	late []found
}

// do makes one call of the server.
func (w *walk) do(ask func() error) error {
	if err := w.s.enter(w.ctx); err != nil {
		return err
	}
	defer w.s.leave()
	return w.s.explain(w.ctx, ask())
}

// pages yields page after page; move goes to the place of the page's last
// document. It returns false when the walk is over.
func (w *walk) pages(read func() ([]found, error), move func(last place)) bool {
	for {
		var page []found
		err := w.do(func() (err error) { page, err = read(); return err })
		if err != nil {
			w.yield(store.Record{}, err)
			return false
		}
		for _, f := range page {
			if err := w.ctx.Err(); err != nil {
				w.yield(store.Record{}, err)
				return false
			}
			if f.err != nil {
				w.late = append(w.late, f)
			} else if !w.yield(f.record, nil) {
				return false
			}
		}
		if len(page) < pageSize {
			return true
		}
		move(page[len(page)-1].at)
	}
}

// broken yields the documents that can't be read. The server finds them by
// reading all documents once more.
func (w *walk) broken() {
	for _, f := range w.late {
		if !w.yield(f.record, f.err) {
			return
		}
	}
	var ids []bson.RawValue
	err := w.do(func() (err error) { ids, err = w.s.unreadable(w.ctx); return err })
	for i := 0; err == nil && i < len(ids); i++ {
		var raw bson.Raw
		err = w.do(func() (err error) {
			raw, err = w.s.tasks.FindOne(w.ctx, bson.D{{Key: "_id", Value: ids[i]}, {Key: "$or", Value: broken}}).Raw()
			return err
		})
		if errors.Is(err, mongo.ErrNoDocuments) {
			err = nil // repaired or removed since
			continue
		}
		if err == nil && !w.yield(decode(raw)) {
			return
		}
	}
	if err != nil {
		w.yield(store.Record{}, err)
	}
}

// unreadable returns the _id of each document that is no record.
func (s *Store) unreadable(ctx context.Context) (ids []bson.RawValue, err error) {
	cursor, err := s.tasks.Find(ctx, bson.D{{Key: "$or", Value: broken}}, options.Find().SetProjection(ordered("_id")))
	if err != nil {
		return nil, err
	}
	defer cursor.Close(ctx)
	for cursor.Next(ctx) {
		id := cursor.Current.Lookup("_id")
		ids = append(ids, bson.RawValue{Type: id.Type, Value: bytes.Clone(id.Value)})
	}
	return ids, cursor.Err()
}
