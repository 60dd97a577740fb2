package engine

import (
	"context"
	"errors"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// A Call is one call on the store, as it went.
type Call struct {
	Op        string
	Items     int // records or rows that it concerned
	Conflicts int // writes that lost against others
	Took      time.Duration
	Err       error // why the call as a whole failed
}

// An observed store tells of each call.
type observed struct {
	store.Store
	tell func(Call)
}

// observe times one call.
func observe(tell func(Call), op string, items int, do func() error) error {
	if tell == nil {
		return do()
	}
	began := time.Now()
	err := do()
	c := Call{Op: op, Items: items, Took: time.Since(began)}
	if errors.Is(err, store.ErrConflict) {
		c.Conflicts = 1
	}
	if err != nil && !decided(err) {
		c.Err = err
	}
	tell(c)
	return err
}

func (w observed) Add(ctx context.Context, r store.Record) error {
	return observe(w.tell, "add", 1, func() error { return w.Store.Add(ctx, r) })
}

func (w observed) Get(ctx context.Context, id string) (r store.Record, err error) {
	err = observe(w.tell, "get", 1, func() (err error) { r, err = w.Store.Get(ctx, id); return err })
	return r, err
}

func (w observed) Update(ctx context.Context, r store.Record) error {
	return observe(w.tell, "update", 1, func() error { return w.Store.Update(ctx, r) })
}

func (w observed) Delete(ctx context.Context, id string, rev uint64) error {
	return observe(w.tell, "delete", 1, func() error { return w.Store.Delete(ctx, id, rev) })
}

func (w observed) Clear(ctx context.Context) error {
	return observe(w.tell, "clear", 0, func() error { return w.Store.Clear(ctx) })
}

func (w observed) Due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	return w.taken("due", func() ([]store.Record, error) { return w.Store.Due(ctx, q) })
}

func (w observed) NextDue(ctx context.Context, executors []string) (due time.Time, err error) {
	err = observe(w.tell, "next_due", 0, func() (err error) { due, err = w.Store.NextDue(ctx, executors); return err })
	return due, err
}

// taken times a call that returns records.
func (w observed) taken(op string, do func() ([]store.Record, error)) ([]store.Record, error) {
	began := time.Now()
	records, err := do()
	w.tell(Call{Op: op, Items: len(records), Took: time.Since(began), Err: err})
	return records, err
}

// began is when a call begins that somebody wants to hear of.
func (d disk) began() (t time.Time) {
	if d.tell != nil {
		t = time.Now()
	}
	return t
}

// tellBatch tells of a batch of writes.
func (d disk) tellBatch(began time.Time, writes []store.Write, results []error, err error) {
	c := Call{Op: "batch", Items: len(writes), Took: time.Since(began), Err: err}
	for _, r := range results {
		if errors.Is(r, store.ErrConflict) {
			c.Conflicts++
		}
	}
	d.tell(c)
}
