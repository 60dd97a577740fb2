package asyncz

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"sync"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/internal/record"
	"github.com/go-asyncz/asyncz/store"
)

const (
	copyRecords  = 500     // that are written at a time
	copyBytes    = 4 << 20 // as above
	copyReaders  = 8       // goroutines that read what is in the target already
	copyFailures = 10      // that the error of a copy names
)

// A copier carries one copy out.
type copier struct {
	CopyOptions
	s              *Scheduler
	source, target *part
	batch          []*copying
	bytes          int
	done           CopyCounts
	failures       []error
}

// A copying is one task on its way.
type copying struct {
	id      string
	from    uint64           // the incarnation of the task in the source
	state   *lifecycle.State // for the target
	write   store.Write
	outcome CopyOutcome // empty: not decided yet
	err     error       // of CopyLeftOut
}

func (t *copying) leave(err error) { t.outcome, t.err = CopyLeftOut, err }

// all walks over the source.
func (c *copier) all(ctx context.Context) error {
	for r, err := range c.source.store.All(ctx) {
		if err != nil && !errors.Is(err, store.ErrCorrupt) {
			return fmt.Errorf("store %q: %w", c.source.alias, err)
		}
		c.batch, c.bytes = append(c.batch, c.take(r, err)), c.bytes+len(r.Data)
		if len(c.batch) >= copyRecords || c.bytes >= copyBytes {
			if err := c.flush(ctx); err != nil {
				return err
			}
		}
	}
	if err := c.flush(ctx); err != nil {
		return err
	}
	if len(c.failures) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrLeftOut, errors.Join(c.failures...))
}

// take reads a record of the source and makes one for the target.
func (c *copier) take(r store.Record, err error) *copying {
	t := &copying{id: r.ID}
	var st *lifecycle.State
	if err == nil {
		st, err = c.source.keeper.Read(r, c.Plain)
	}
	if err == nil && !c.Force && record.InFlight(st, c.source.engine.Now()) {
		err = ErrInFlight
	}
	if err == nil {
		t.from = st.Incarnation
		t.state, err = record.Moved(st, mathrand.Uint64())
	}
	if err == nil {
		t.write.Op = store.OpAdd
		t.write.Record, err = c.target.keeper.Pack(t.state, 0)
	}
	if err != nil {
		t.leave(err)
	}
	return t
}

// flush deals with the records that were taken, and reports them in their order.
func (c *copier) flush(ctx context.Context) error {
	var err error
	if !c.DryRun {
		err = c.add(ctx)
	}
	if err == nil {
		err = c.compare(ctx)
	}
	for _, t := range c.batch {
		c.report(t)
	}
	clear(c.batch)
	c.batch, c.bytes = c.batch[:0], 0
	if err != nil {
		return fmt.Errorf("store %q: %w", c.target.alias, err)
	}
	return ctx.Err()
}

// add writes those tasks whose ids are free in the target.
func (c *copier) add(ctx context.Context) error {
	var writes []store.Write
	var of []*copying
	for _, t := range c.batch {
		if t.outcome == "" {
			writes, of = append(writes, t.write), append(of, t)
		}
	}
	if len(writes) == 0 {
		return nil
	}
	results, err := c.target.engine.Write(ctx, writes)
	for i, t := range of[:len(results)] {
		switch {
		case results[i] == nil:
			t.outcome = CopyAdded
			c.s.tell(TaskAdded{c.s.header(c.target.alias, t.id)})
		case !errors.Is(results[i], store.ErrExists):
			t.leave(results[i])
		}
	}
	return err
}

// compare looks at the tasks that are not decided yet, several at a time.
func (c *copier) compare(ctx context.Context) error {
	var mu sync.Mutex
	var failed error
	var wait sync.WaitGroup
	free := make(chan struct{}, copyReaders)
	for _, t := range c.batch {
		if t.outcome != "" {
			continue
		}
		free <- struct{}{}
		wait.Go(func() {
			defer func() { <-free }()
			if err := c.meet(ctx, t); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = err
			}
		})
	}
	wait.Wait()
	return failed
}

// meet decides on one task by what the target has under its id. It returns an
// error when the target fails.
func (c *copier) meet(ctx context.Context, t *copying) error {
	r, err := c.target.store.Get(ctx, t.id)
	switch {
	case errors.Is(err, store.ErrNotFound) && c.DryRun:
		t.outcome = CopyAdded
		return nil
	case errors.Is(err, store.ErrNotFound):
		t.leave(fmt.Errorf("the task of the target was removed meanwhile: %w", err))
		return nil
	case errors.Is(err, store.ErrCorrupt):
		t.leave(fmt.Errorf("%w, which can't be read: %w", ErrDiffers, err))
		return nil
	case err != nil:
		return err
	}
	there, err := c.target.keeper.Read(r, false)
	switch {
	case err != nil:
		t.leave(fmt.Errorf("%w, which can't be read: %w", ErrDiffers, err))
	case record.Same(there, t.state):
		t.outcome = CopySame
	case there.Incarnation == t.from: // no copy of ours is that
		t.leave(fmt.Errorf("%w: the very task that was to be copied, at another moment; are the two the same store?", ErrDiffers))
	case !c.Replace:
		t.leave(ErrDiffers)
	default:
		return c.replace(ctx, t, there)
	}
	return nil
}

// replace puts a task in the place of another.
func (c *copier) replace(ctx context.Context, t *copying, there *lifecycle.State) error {
	allowed := func(there *lifecycle.State) error {
		if !c.Force && record.InFlight(there, c.target.engine.Now()) {
			return fmt.Errorf("in the target, %w", ErrInFlight)
		}
		return nil
	}
	err := allowed(there)
	if err == nil && !c.DryRun {
		_, err = c.target.engine.Edit(ctx, t.id, func(there *lifecycle.State) (*lifecycle.State, error) {
			return t.state, allowed(there)
		})
	}
	switch {
	case err == nil:
		t.outcome = CopyReplaced
		if !c.DryRun {
			c.s.tell(TaskUpdated{c.s.header(c.target.alias, t.id)})
		}
	case errors.Is(err, ErrInFlight), errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrConflict):
		t.leave(err)
	default:
		return err
	}
	return nil
}

// report counts a task and tells of it.
func (c *copier) report(t *copying) {
	switch t.outcome {
	case CopyAdded:
		c.done.Copied++
	case CopyReplaced:
		c.done.Replaced++
	case CopySame:
		c.done.Same++
	case CopyLeftOut:
		c.done.LeftOut++
		if len(c.failures) < copyFailures {
			c.failures = append(c.failures, fmt.Errorf("task %q: %w", t.id, t.err))
		}
	default: // the target failed before it came to this task
		return
	}
	c.done.Seen++
	if c.Report != nil {
		c.Report(CopyStep{Task: t.id, Outcome: t.outcome, Err: t.err, Done: c.done})
	}
}
