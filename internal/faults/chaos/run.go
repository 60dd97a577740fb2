package chaos

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/internal/faults/evidence"
	"github.com/go-asyncz/asyncz/internal/faults/witness"
	"github.com/go-asyncz/asyncz/internal/record"
	"github.com/go-asyncz/asyncz/store"
)

// A run is one run of the harness.
type run struct {
	Config
	place    *place
	file     *evidence.File // of the harness
	nodes    []*node
	bare     store.Store       // at the server itself
	operator *asyncz.Scheduler // which runs nothing
	reader   *record.Keeper
	until    time.Time // of the load
}

// Run runs a cluster under faults, and leaves the evidence in c.Dir; c is complete. An
// error means that the run itself failed, or that tasks were left when it was over.
func Run(ctx context.Context, c Config) (err error) {
	r := &run{Config: c}
	if r.place, err = open(ctx, c); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.place.close(context.WithoutCancel(ctx))) }()
	if err := r.prepare(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close(ctx)) }()
	return r.do(ctx)
}

func (r *run) log(format string, args ...any) {
	if r.Log != nil {
		r.Log(format, args...)
	}
}

// prepare opens the store beside the network, and makes the nodes.
func (r *run) prepare(ctx context.Context) (err error) {
	if r.file, err = evidence.Create(r.Dir, "harness"); err != nil {
		return err
	}
	edits, err := evidence.Create(r.Dir, "operator")
	if err != nil {
		return err
	}
	if r.bare, err = witness.Bare(ctx, r.place.url); err != nil {
		return err
	}
	if r.reader, err = witness.Reader(r.bare, r.Key); err != nil {
		return err
	}
	st, err := witness.Open(ctx, r.place.url, r.Key, edits)
	if err != nil {
		return err
	}
	r.operator, err = asyncz.New(ctx, asyncz.WithStore(asyncz.DefaultAlias, st), asyncz.WithEncryptionKey(r.Key),
		asyncz.WithFunctions(&asyncz.Functions{}), asyncz.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	for i := range r.Nodes {
		n, err := newNode(r.Config, r.place, i)
		if err != nil {
			return err
		}
		r.nodes = append(r.nodes, n)
	}
	return nil
}

// do runs the load and the plan, and waits until all is done.
func (r *run) do(ctx context.Context) error {
	events := plan(r.Config)
	from := time.Now().Add(2 * time.Second).Truncate(time.Millisecond).UTC() // when all are declared
	last := r.For
	for _, e := range events {
		last = max(last, e.at+e.span)
	}
	r.until = from.Add(last + r.Bound())
	if err := declare(ctx, r.operator, r.file, load(r.Config, from), r.until); err != nil {
		return err
	}
	if err := r.plant(ctx); err != nil {
		return err
	}
	for _, n := range r.nodes {
		if err := n.start(); err != nil {
			return err
		}
	}
	beside, cancel := context.WithDeadline(ctx, r.until.Add(-time.Second)) // what is edited later has no time left
	defer cancel()
	var others sync.WaitGroup
	others.Go(func() { r.operate(beside) })
	others.Go(func() { r.watch(beside) })
	err := r.breakAll(ctx, events, from)
	r.file.Put(evidence.Line{Kind: evidence.Healed})
	r.log("the last fault is over")
	others.Wait()
	if err == nil {
		err = r.settle(ctx, r.Bound()+4*r.Lease)
	}
	for _, n := range r.nodes {
		n.end(syscall.SIGTERM)
	}
	return errors.Join(err, r.planted(ctx))
}

// breakAll lets each fault happen at its time, and returns when all are over.
func (r *run) breakAll(ctx context.Context, events []event, from time.Time) error {
	var group sync.WaitGroup
	errs := make([]error, len(events))
	for i, e := range events {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Until(from.Add(e.at))):
		}
		group.Go(func() { errs[i] = r.happen(ctx, e) })
	}
	group.Wait()
	return errors.Join(errs...)
}

func (r *run) close(ctx context.Context) error {
	var errs []error
	for _, n := range r.nodes {
		errs = append(errs, n.close())
	}
	if err := r.operator.Shutdown(ctx); err != nil {
		errs = append(errs, fmt.Errorf("the operator: %w", err))
	}
	return errors.Join(append(errs, r.bare.Close(), r.file.Close())...)
}
