package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var clockCases = []testCase{
	{name: "Clock/IsSteady", prove: clockSteady,
		promise: "the store's clock shows a time of today, and does not run back by more than a second."},
	{name: "Clock/IsShared", prove: clockShared,
		promise: "two handles show the same time, to a few seconds."},
}

var watchCases = []testCase{
	{name: "Watch/WakesForAdd", prove: func(t *T) {
		watchWakes(t, func(s store.Store, i int) error { return s.Add(t.ctx, rec(fmt.Sprint("task-", i))) })
	}, promise: "a record added through another handle wakes the watcher, by one call of wake at a time."},
	{name: "Watch/WakesForUpdate", prove: func(t *T) {
		watchWakes(t, func(s store.Store, i int) error {
			r := rec("there")
			r.Rev, r.Due = uint64(i), noon.Add(-time.Duration(i)*time.Hour)
			return s.Update(t.ctx, r)
		})
	}, promise: "a record moved to an earlier time through another handle wakes the watcher."},
	{name: "Watch/EndsWithContext", prove: watchContext,
		promise: "Watch returns the context's error when its context ends."},
	{name: "Watch/EndsWithClose", prove: watchClose,
		promise: "Watch returns ErrClosed when the store is closed."},
}

func clockSteady(t *T) {
	c := has[store.Clock](t, t.open())
	last := time.Time{}
	for range 50 {
		now, err := c.Now(t.ctx)
		t.check(err, "Now")
		if now.Year() < 2020 || now.Year() > 2200 {
			t.Fatalf("the store's clock shows %v", now)
		}
		if now.Before(last.Add(-time.Second)) {
			t.Fatalf("the store's clock ran back from %v to %v", last, now)
		}
		last = now
	}
}

func clockShared(t *T) {
	t.shared()
	a, b := has[store.Clock](t, t.open()), has[store.Clock](t, t.open())
	first, err := a.Now(t.ctx)
	t.check(err, "Now")
	second, err := b.Now(t.ctx)
	t.check(err, "Now of the other handle")
	third, err := a.Now(t.ctx)
	t.check(err, "Now")
	if second.Before(first.Add(-5*time.Second)) || second.After(third.Add(5*time.Second)) {
		t.Errorf("one handle shows %v and %v, the other %v in between", first, third, second)
	}
}

// watchWakes writes through another handle until the watcher wakes. It repeats
// the write, because nothing tells from when on Watch listens.
func watchWakes(t *T, write func(s store.Store, i int) error) {
	t.shared()
	s := t.open()
	w := has[store.Watcher](t, s)
	other := t.open()
	t.add(other, rec("there"))

	ctx, cancel := context.WithCancel(t.ctx)
	woken, ended := make(chan struct{}, 1), make(chan error, 1)
	var inside atomic.Int32
	go func() {
		ended <- w.Watch(ctx, func() {
			if inside.Add(1) != 1 {
				t.Errorf("wake was called while a call of it was running")
			}
			select {
			case woken <- struct{}{}:
			default:
			}
			inside.Add(-1)
		})
	}()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for i := 1; ; i++ {
		t.check(write(other, i), "a write through the other handle")
		select {
		case <-woken:
			cancel()
			<-ended //nolint:errcheck // why it ended is no matter here
			return
		case err := <-ended:
			cancel()
			t.Fatalf("Watch ended: %v", err)
		case <-again.C:
		}
	}
}

func watchContext(t *T) {
	w := has[store.Watcher](t, t.open())
	ctx, cancel := context.WithCancel(t.ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.Watch(ctx, func() {}) }()
	cancel()
	t.ends(ended, context.Canceled, "Watch, after its context was cancelled")
}

func watchClose(t *T) {
	s := t.openUnclosed()
	w := has[store.Watcher](t, s)
	ended := make(chan error, 1)
	go func() { ended <- w.Watch(t.ctx, func() {}) }()
	t.check(s.Close(), "Close")
	t.ends(ended, store.ErrClosed, "Watch, after the store was closed")
}

// ends waits for the error of a call that must end.
func (t *T) ends(ended <-chan error, want error, step string) {
	t.Helper()
	select {
	case err := <-ended:
		t.fails(err, want, "%s", step)
	case <-t.ctx.Done():
		t.Errorf("%s: it has not returned", step)
	}
}
