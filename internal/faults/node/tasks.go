package main

import (
	"context"
	"errors"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/internal/faults/evidence"
	"github.com/go-asyncz/asyncz/internal/faults/setup"
)

var errPlanned = errors.New("this attempt fails, as it was told")

// functions are those that this node knows.
func functions(c setup.Node, file *evidence.File) *asyncz.Functions {
	fs := &asyncz.Functions{}
	for _, name := range append([]string{setup.Common}, c.Knows...) {
		asyncz.RegisterIn(fs, name, func(ctx context.Context, w setup.Work) (struct{}, error) {
			return struct{}{}, work(ctx, w, file)
		})
	}
	asyncz.RegisterIn(fs, setup.Nothing, func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil })
	asyncz.RegisterIn(fs, setup.Noted, func(ctx context.Context, _ struct{}) (struct{}, error) {
		r, _ := asyncz.RunFrom(ctx)
		file.Put(evidence.Line{Kind: evidence.Begin, Task: r.Task, Fire: r.Scheduled, Attempt: r.Attempt})
		return struct{}{}, nil
	})
	return fs
}

// work leaves evidence on the disk before it begins and after it is done.
func work(ctx context.Context, w setup.Work, file *evidence.File) error {
	r, _ := asyncz.RunFrom(ctx)
	line := evidence.Line{
		Kind: evidence.Begin, Task: r.Task, Fire: r.Scheduled, Attempt: r.Attempt, Source: string(r.Source),
		Holder: r.Node, Lease: r.Lease, Count: r.Coalesced,
	}
	file.Sync(line)
	line.Kind, line.How = evidence.End, "done"
	if w.For > 0 {
		timer := time.NewTimer(w.For)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			line.How, line.Error = "broken off", context.Cause(ctx).Error()
			file.Sync(line)
			return context.Cause(ctx)
		}
	}
	if r.Attempt <= w.Fails {
		line.How = "failed"
		file.Sync(line)
		return errPlanned
	}
	file.Sync(line)
	return nil
}

// tell writes down what the scheduler tells.
func tell(file *evidence.File, e asyncz.Event) {
	l := evidence.Line{Kind: evidence.Event, Event: e.Kind()}
	of := func(r asyncz.Run) {
		l.Task, l.Fire, l.Attempt, l.Source, l.Holder, l.Lease = r.Task, r.Scheduled, r.Attempt, string(r.Source), r.Node, r.Lease
	}
	switch e := e.(type) {
	case asyncz.RunStarted:
		of(e.Run)
	case asyncz.RunEnded:
		of(e.Run)
		l.Outcome, l.Count, l.First, l.Into = string(e.Outcome), e.Count, e.First, e.Into
	case asyncz.RunRetrying:
		of(e.Run)
	case asyncz.RunLost:
		of(e.Run)
	case asyncz.LeaseLost:
		of(e.Run)
		l.Outcome = string(e.Outcome)
	case asyncz.TaskRemoved:
		l.Task = e.Task
	case asyncz.TaskUnreadable:
		l.Task = e.Task
	case asyncz.EventsLost:
		l.Count = e.Count
	}
	if err := asyncz.EventError(e); err != nil {
		l.Error = err.Error()
	}
	file.Put(l)
}
