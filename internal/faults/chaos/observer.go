package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/internal/faults/evidence"
	"github.com/go-asyncz/asyncz/internal/faults/setup"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"

	"github.com/go-asyncz/asyncz"
)

// unreadable is a record that nobody can read, which must stay as it is.
var unreadable = store.Record{ID: "unreadable", Executor: asyncz.DefaultAlias, Data: []byte("\x00this is no task\xff")}

// alien is the id of a task whose function no node knows, which must stay too.
const alien = "alien"

// plant adds what nobody can run.
func (r *run) plant(ctx context.Context) error {
	bad := unreadable
	bad.Due = time.Now()
	if err := r.bare.Add(ctx, bad); err != nil {
		return err
	}
	_, err := r.operator.Add(ctx, asyncz.Named(setup.Nowhere, setup.Work{}), trigger.MustEvery(time.Second), asyncz.ID(alien))
	return err
}

// planted returns an error when what nobody can run is not as it was.
func (r *run) planted(ctx context.Context) error {
	got, err := r.bare.Get(ctx, unreadable.ID)
	if err != nil || !bytes.Equal(got.Data, unreadable.Data) {
		return fmt.Errorf("the record that can't be read is not as it was: %q, error %w", got.Data, err)
	}
	if _, err := r.bare.Get(ctx, alien); err != nil {
		return fmt.Errorf("the task whose function nobody knows: %w", err)
	}
	return nil
}

// watch looks at the records, at the server itself, until ctx ends.
func (r *run) watch(ctx context.Context) {
	every := time.NewTicker(time.Duration(r.Pace) * 250 * time.Millisecond)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		_, _ = r.look(ctx) // the server may be away
	}
}

// look writes down what stands in the store, and returns how much of the load.
func (r *run) look(ctx context.Context) (left []string, err error) {
	var lines []evidence.Line
	for rec, err := range r.bare.All(ctx) {
		if errors.Is(err, store.ErrCorrupt) || rec.ID == unreadable.ID || rec.ID == alien {
			continue
		}
		if err != nil {
			return nil, err
		}
		l := evidence.Line{Kind: evidence.Seen, Task: rec.ID, Rev: rec.Rev}
		s, err := r.reader.Read(rec, true)
		if err != nil {
			l.Error = err.Error()
		} else {
			l.State = evidence.Of(s)
		}
		if s == nil || !s.Paused || slices.ContainsFunc(s.Runs, lifecycle.Run.Running) { // what is paused waits
			left = append(left, rec.ID)
		}
		lines = append(lines, l)
	}
	if len(lines) > 0 {
		r.file.Put(lines...)
	}
	return left, nil
}

// settle waits until nothing of the load is left to do, but no longer than that.
func (r *run) settle(ctx context.Context, longest time.Duration) error {
	end := time.Now().Add(longest)
	for {
		left, err := r.look(ctx)
		if err == nil && len(left) == 0 {
			return nil
		}
		if time.Now().After(end) {
			left := fmt.Errorf("%v after the last fault there is still something to do of %s", longest, strings.Join(left, ", "))
			return errors.Join(left, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
