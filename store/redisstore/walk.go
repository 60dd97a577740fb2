package redisstore

import (
	"context"
	"fmt"
	"iter"

	"github.com/go-asyncz/asyncz/store"
)

// walkRecords is the number of records that a walk reads at a time.
const walkRecords = 500

// All returns all records by due time, then by id, those without a due time after
// them, and at the end what can't be read.
func (s *Store) All(ctx context.Context) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		w := walk{s: s, ctx: ctx, yield: yield}
		_ = w.pages("*") && w.pages("p") && w.strays()
	}
}

// A walk is one walk over all records. Its methods return false when it is over.
type walk struct {
	s     *Store
	ctx   context.Context // of the call of All, which it doesn't outlive
	yield func(store.Record, error) bool
	// damaged is set when the index and the hash differ somewhere.
	damaged bool
}

func (w *walk) fail(err error) bool {
	w.yield(store.Record{}, err)
	return false
}

// pages yields the records that the index has in a scope.
func (w *walk) pages(scope string) bool {
	ask := query{what: "D", upto: after(latest), limit: walkRecords, scope: []string{scope}}
	for {
		p, err := w.page(ask)
		if err != nil {
			return w.fail(err)
		}
		for i := range p.rows {
			if err := w.ctx.Err(); err != nil {
				return w.fail(err)
			}
			if !w.row(&p.rows[i]) {
				return false
			}
		}
		if p.after == "" {
			return true
		}
		ask.after = p.after
	}
}

func (w *walk) page(ask query) (page, error) {
	if err := w.s.enter(w.ctx); err != nil {
		return page{}, err
	}
	defer w.s.leave()
	return w.s.page(w.ctx, ask)
}

func (w *walk) row(row *row) bool {
	e := row.entry
	if row.value == nil {
		return w.yield(store.Record{ID: e.id, Due: e.due, Executor: e.executor},
			fmt.Errorf("%w: %q: the sorted set %s knows it, the hash %s doesn't", store.ErrCorrupt, e.id, w.s.key.times, w.s.key.tasks))
	}
	r, err := decode(e.id, row.value)
	if err != nil || !e.describes(r) {
		w.damaged = true // told at the end, once, whatever the index says of it
		return true
	}
	return w.yield(r, nil)
}

// strays yields what is in the hash and was not found by the index. It reads the
// whole hash, so it does that only when there is something to find.
func (w *walk) strays() bool {
	if !w.damaged {
		state, err := w.inspect()
		if err != nil {
			return w.fail(err)
		}
		if state.records == state.entries {
			return true
		}
	}
	told := map[string]bool{}
	for cursor := "0"; ; {
		next, rows, err := w.stray(cursor)
		if err != nil {
			return w.fail(err)
		}
		for _, row := range rows {
			if told[row.entry.id] {
				continue // a scan may repeat itself
			}
			told[row.entry.id] = true
			r, err := decode(row.entry.id, row.value)
			if err == nil {
				err = fmt.Errorf("%w: %q: the sorted set %s doesn't know it; open the store again to have it put there", store.ErrCorrupt, r.ID, w.s.key.times)
			}
			if !w.yield(r, err) {
				return false
			}
		}
		if cursor = next; cursor == "0" {
			return true
		}
	}
}

func (w *walk) inspect() (state, error) {
	if err := w.s.enter(w.ctx); err != nil {
		return state{}, err
	}
	defer w.s.leave()
	return w.s.inspect(w.ctx)
}

func (w *walk) stray(cursor string) (next string, rows []row, err error) {
	if err := w.s.enter(w.ctx); err != nil {
		return "", nil, err
	}
	defer w.s.leave()
	answer, err := w.s.run(w.ctx, strayScript, w.s.key.records, cursor)
	if err != nil {
		return "", nil, err
	}
	if len(answer) == 0 {
		return "", nil, errAnswer
	}
	if next, err = answer[0].ToString(); err != nil {
		return "", nil, err
	}
	for i := 1; i+1 < len(answer); i += 2 {
		id, err := answer[i].ToString()
		if err != nil {
			return "", nil, err
		}
		value, err := answer[i+1].AsBytes()
		if err != nil {
			return "", nil, err
		}
		rows = append(rows, row{entry: entry{id: id}, value: value})
	}
	return next, rows, nil
}
