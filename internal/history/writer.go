// Package history brings the rows of the run history to where they are kept, off
// the path of the runs: a [Writer] in batches to a store, a [Ring] in memory.
package history

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Bounds of a writer.
const (
	batch   = 1000                   // rows of one write
	gather  = 100 * time.Millisecond // how long the first row waits for others
	pending = 50_000                 // rows that may wait for a store that does not answer
	longest = 10 * time.Second       // the longest pause between two tries
)

// A Config says what a writer works with.
type Config[T any] struct {
	// Write keeps rows. It may get the same rows again after an error.
	Write func(ctx context.Context, rows []T) error
	// Lost is told how many rows were given up, and why.
	Lost func(n int, err error)
	// Every is called every second, for what is to be done beside the rows.
	Every func(ctx context.Context)
}

// A Writer writes rows in batches. It may be used from any number of goroutines.
type Writer[T any] struct {
	c     Config[T]
	more  chan struct{} // holds one word that there are rows
	flush chan chan error
	end   chan struct{}
	done  chan struct{}
	ctx   context.Context
	stop  context.CancelFunc

	err error // of the last try

	mu      sync.Mutex // guards what follows
	rows    []T
	dropped int // rows taken away from the front, ever
	lost    int // of these, those that were given up and not told yet
}

// NewWriter returns a writer at work. Close ends it.
func NewWriter[T any](c Config[T]) *Writer[T] {
	w := &Writer[T]{c: c, more: make(chan struct{}, 1), flush: make(chan chan error), end: make(chan struct{}), done: make(chan struct{})}
	w.ctx, w.stop = context.WithCancel(context.Background()) //nolint:gosec // Close calls it
	go w.run()
	return w
}

// Add takes a row in and returns at once. When too many wait, the oldest is given up.
func (w *Writer[T]) Add(row T) {
	w.mu.Lock()
	if len(w.rows) == pending {
		w.drop(batch) // many at a time, so that it is seldom
		w.lost += batch
	}
	w.rows = append(w.rows, row)
	first := len(w.rows) == 1
	w.mu.Unlock()
	if first {
		select {
		case w.more <- struct{}{}:
		default:
		}
	}
}

// drop takes rows away from the front.
func (w *Writer[T]) drop(n int) {
	clear(w.rows[:n])
	w.rows = w.rows[n:]
	w.dropped += n
}

// Flush writes what waits, and returns the error that it met.
func (w *Writer[T]) Flush(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case w.flush <- answer:
	case <-w.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close writes what waits, within ctx, and ends the writer. What can't be written
// is given up and told.
func (w *Writer[T]) Close(ctx context.Context) {
	close(w.end)
	select {
	case <-w.done:
	case <-ctx.Done():
		w.stop()
		<-w.done
	}
	w.stop()
	w.mu.Lock()
	w.lost += len(w.rows)
	w.rows = nil
	w.mu.Unlock()
	w.tellLost()
}

func (w *Writer[T]) run() {
	defer close(w.done)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var due <-chan time.Time // when the next try is due; nil: nothing waits
	pause := gather
	for {
		select {
		case <-w.more:
			if due == nil {
				due = time.After(gather)
			}
			continue
		case <-tick.C:
			w.c.Every(w.ctx)
			w.tellLost()
			continue
		case answer := <-w.flush:
			answer <- w.writeAll()
		case <-due:
			_ = w.writeAll() // kept in w.err, and tried again
		case <-w.end:
			_ = w.writeAll() // what is left is told by Close
			return
		}
		if w.err == nil {
			due, pause = nil, gather
		} else {
			pause = min(2*pause, longest)
			due = time.After(pause)
		}
	}
}

// writeAll writes until nothing waits.
func (w *Writer[T]) writeAll() error {
	for {
		w.mu.Lock()
		rows := slices.Clone(w.rows[:min(batch, len(w.rows))])
		before := w.dropped
		w.mu.Unlock()
		if len(rows) == 0 {
			w.err = nil
			return nil
		}
		if w.err = w.c.Write(w.ctx, rows); w.err != nil {
			return w.err
		}
		w.mu.Lock()
		gone := min(w.dropped-before, len(rows)) // given up meanwhile, and yet they are written
		w.lost -= gone
		w.drop(len(rows) - gone)
		w.mu.Unlock()
	}
}

// tellLost tells of rows that were given up since the last time.
func (w *Writer[T]) tellLost() {
	w.mu.Lock()
	n := w.lost
	w.lost = 0
	w.mu.Unlock()
	if n > 0 {
		w.c.Lost(n, w.err)
	}
}
