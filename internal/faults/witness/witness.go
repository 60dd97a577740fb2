// Package witness stands between a scheduler and its store, and writes down what is
// asked of the store and what it answers.
package witness

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz/internal/codec"
	"github.com/go-asyncz/asyncz/internal/faults/evidence"
	"github.com/go-asyncz/asyncz/internal/record"
	"github.com/go-asyncz/asyncz/seal"
	"github.com/go-asyncz/asyncz/store"
)

// able is what the witness passes on, and what each durable store of this project has.
type able interface {
	store.Store
	store.Claimer
	store.Batcher
	store.Clock
	store.Members
	store.Namespaced
}

// A witness stands before a store and writes down each write before it is asked
// for and each answer after it came, so that the life of a record can be told
// revision by revision, whoever wrote it.
type witness struct {
	able
	file    *evidence.File
	reader  *record.Keeper
	batches atomic.Int64
}

// A watching witness stands before a store that has a Watcher.
type watching struct {
	*witness
	store.Watcher
}

// Open opens the store with this URL, for which it waits, with a witness before it
// that writes to the file. key is what its records are sealed with, if they are.
func Open(ctx context.Context, url, key string, file *evidence.File) (store.Store, error) {
	st, err := Bare(ctx, url)
	if err != nil {
		return nil, err
	}
	whole, ok := st.(able)
	if !ok {
		return nil, fmt.Errorf("a %T lacks what the witness passes on", st)
	}
	reader, err := Reader(st, key)
	if err != nil {
		return nil, err
	}
	w := &witness{able: whole, file: file, reader: reader}
	if watcher, ok := st.(store.Watcher); ok {
		return watching{w, watcher}, nil
	}
	return w, nil
}

// Bare opens the store with this URL, for which it waits, without a witness.
func Bare(ctx context.Context, url string) (store.Store, error) {
	config, err := store.ConfigFromURL(url)
	if err != nil {
		return nil, err
	}
	return patiently(ctx, func() (store.Store, error) { return store.Open(ctx, config) })
}

// Reader returns what reads the records of a store.
func Reader(st store.Store, key string) (*record.Keeper, error) {
	var ring *seal.Ring
	if key != "" {
		var err error
		if ring, err = seal.NewRing(key); err != nil {
			return nil, err
		}
	}
	return record.NewKeeper(st, codec.Codec{}, ring, ""), nil
}

// patiently opens a store whose server may be away just now.
func patiently(ctx context.Context, open func() (store.Store, error)) (store.Store, error) {
	for {
		st, err := open()
		if !errors.Is(err, store.ErrUnreachable) {
			return st, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (w *witness) Add(ctx context.Context, r store.Record) error {
	return w.one(store.Write{Op: store.OpAdd, Record: r}, func() error { return w.able.Add(ctx, r) })
}

func (w *witness) Update(ctx context.Context, r store.Record) error {
	return w.one(store.Write{Op: store.OpUpdate, Record: r}, func() error { return w.able.Update(ctx, r) })
}

func (w *witness) Delete(ctx context.Context, id string, rev uint64) error {
	return w.one(store.Write{Op: store.OpDelete, Record: store.Record{ID: id, Rev: rev}}, func() error { return w.able.Delete(ctx, id, rev) })
}

func (w *witness) Batch(ctx context.Context, writes []store.Write) ([]error, error) {
	batch := w.asked(writes)
	results, err := w.able.Batch(ctx, writes)
	w.answered(batch, results, err)
	return results, err
}

func (w *witness) Claim(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
	records, err := w.able.Claim(ctx, q, hold)
	lines := make([]evidence.Line, 0, len(records)+1)
	for _, r := range records {
		lines = append(lines, evidence.Line{Kind: evidence.Claimed, Task: r.ID, Rev: r.Rev})
	}
	if err != nil {
		lines = append(lines, evidence.Line{Kind: evidence.Lost, Error: err.Error()})
	}
	if len(lines) > 0 {
		w.file.Put(lines...)
	}
	return records, err
}

// one writes down a single write, as a batch of one.
func (w *witness) one(write store.Write, do func() error) error {
	batch := w.asked([]store.Write{write})
	err := do()
	if answer(err) != "" {
		w.answered(batch, []error{err}, nil)
	} else {
		w.answered(batch, nil, err)
	}
	return err
}

var ops = map[store.Op]string{store.OpAdd: "add", store.OpUpdate: "update", store.OpDelete: "delete"}

func (w *witness) asked(writes []store.Write) int {
	batch := int(w.batches.Add(1))
	lines := make([]evidence.Line, len(writes))
	for i, x := range writes {
		lines[i] = evidence.Line{Kind: evidence.Write, Batch: batch, Op: ops[x.Op], Task: x.Record.ID, Rev: x.Record.Rev, State: w.state(x.Record)}
	}
	w.file.Put(lines...)
	return batch
}

func (w *witness) answered(batch int, results []error, err error) {
	l := evidence.Line{Kind: evidence.Wrote, Batch: batch}
	if err != nil {
		l.Error = err.Error()
	}
	for _, r := range results {
		said := answer(r)
		if said == "" {
			said = "unknown: " + r.Error()
		}
		l.Results = append(l.Results, said)
	}
	w.file.Put(l)
}

// answer names a store's answer; "" where it is none.
func answer(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, store.ErrConflict):
		return "conflict"
	case errors.Is(err, store.ErrNotFound):
		return "not found"
	case errors.Is(err, store.ErrExists):
		return "exists"
	}
	return ""
}

// state reads what a write would make of a task; nil for what can't be read.
func (w *witness) state(r store.Record) *evidence.State {
	if len(r.Data) == 0 {
		return nil
	}
	r.Rev++
	s, err := w.reader.Read(r, true)
	if err != nil {
		return nil
	}
	return evidence.Of(s)
}
