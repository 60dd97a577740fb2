package scenario

import (
	"context"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/system"
)

// On is a system on a place that was empty.
type on struct {
	system.Durable
	server place.Server
}

func (o on) Close() {
	o.Durable.Close()
	o.server.Close()
}

// open wipes the place of a setup and opens the system on it.
func open(ctx context.Context, s Setup) (on, error) {
	server, err := place.Open(ctx, s.At)
	if err != nil {
		return on{}, err
	}
	if err := server.Wipe(ctx); err != nil {
		server.Close()
		return on{}, fmt.Errorf("emptying %s: %w", s.At.Kind, err)
	}
	d, err := openSystem(ctx, s)
	if err != nil {
		server.Close()
		return on{}, err
	}
	return on{d, server}, nil
}

// Fill adds tasks, and lets the server come to rest.
func (o on) Fill(ctx context.Context, n int, due time.Time) error {
	if err := o.Durable.Fill(ctx, n, due); err != nil {
		return err
	}
	return o.server.Settle(ctx)
}

func openSystem(ctx context.Context, s Setup) (system.Durable, error) {
	x, ok := system.Find(s.System)
	if !ok || x.Durable == nil {
		return nil, fmt.Errorf("there is no durable system %q", s.System)
	}
	d, err := x.Durable(ctx, s.At)
	if err != nil {
		return nil, fmt.Errorf("%s on %s: %w", s.System, s.At.Kind, err)
	}
	return d, nil
}

// A meter measures what this process and the server use.
type meter struct {
	server place.Server
	watch  measure.Watch
	began  time.Time
	used   time.Duration
	known  bool
}

func (o on) startMeter(ctx context.Context) meter {
	used, err := o.server.CPU(ctx)
	return meter{o.server, measure.StartWatch(), time.Now(), used, err == nil}
}

// note writes what was used into figures. What the server does not tell is left out.
func (m meter) note(ctx context.Context, f measure.Figures) {
	passed := time.Since(m.began)
	m.watch.Note(f)
	if used, err := m.server.CPU(ctx); err == nil && m.known {
		f[measure.ServerCPU] = measure.Percent(used-m.used, passed)
	}
}

// drained waits until nothing is left to do. The question is cheap for each system,
// and not asked often.
func drained(ctx context.Context, d system.Durable) error {
	for {
		left, err := d.Left(ctx)
		if err != nil || !left {
			return err
		}
		if err := until(ctx, time.Now().Add(2*time.Millisecond)); err != nil {
			return err
		}
	}
}

// stop ends a node; what it says matters when nothing else went wrong.
func stop(ctx context.Context, n system.Node, err *error) {
	if e := n.Stop(ctx); e != nil && *err == nil {
		*err = fmt.Errorf("stopping the node: %w", e)
	}
}
