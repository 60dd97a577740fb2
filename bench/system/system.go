// Package system lets the schedulers that are compared be used in one way: one file
// a system, with the settings that it is given and why.
package system

import (
	"context"
	"runtime/debug"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/bench/place"
)

// A System is one scheduler with one set of settings.
type System struct {
	Name   string
	About  string   // its settings
	Module string   // where its version is found; empty for a baseline
	Places []string // kinds
	// Without are scenarios that it has no part in.
	Without []string

	// Memory makes a scheduler whose tasks live in the process; nil: none.
	Memory func() (Memory, error)
	// Durable opens a scheduler on a place; nil: none.
	Durable func(context.Context, place.Place) (Durable, error)
	// Next makes the computation of the next time of a cron expression in New York,
	// which is later than the given time; nil: none.
	Next func(expression string) (func(time.Time) time.Time, error)
}

// A Memory is a scheduler in memory. Its methods are called by one goroutine. The
// names of tasks are numbers from 0.
type Memory interface {
	// Once adds a task that runs once.
	Once(n int, at time.Time, f func()) error
	// Every adds a task that runs again and again. Each has a trigger of its own.
	Every(n int, first time.Time, every time.Duration, f func()) error
	Start() error
	Stop()
}

// A Run is one run of a task.
type Run struct {
	Task string
	Due  time.Time
}

// A Durable is a scheduler with its tasks on a place.
type Durable interface {
	// Fill adds tasks in the fastest way that the system has.
	Fill(ctx context.Context, n int, due time.Time) error
	// Adder opens a handle that only adds.
	Adder(ctx context.Context) (Adder, error)
	// Node opens a handle that runs tasks, from its start on. run may be nil.
	Node(ctx context.Context, run func(context.Context, Run)) (Node, error)
	// Periodic is a node and n tasks that fire each second, all at one moment.
	Periodic(ctx context.Context, n int, run func(context.Context, Run)) (Node, error)
	// Left tells whether there is any task that has not run to its end.
	Left(ctx context.Context) (bool, error)
	Close()
}

// An Adder adds tasks that run once and are due at once. Its methods may be called
// by several goroutines.
type Adder interface {
	Add(ctx context.Context, n int) error
	// AddBatch adds tasks in one go, in the fastest way that the system has.
	AddBatch(ctx context.Context, from, n int) error
	Close()
}

// A Node runs tasks.
type Node interface {
	Start(ctx context.Context) error
	// Stop returns when nothing runs and all is written.
	Stop(ctx context.Context) error
}

// A Claimer takes due tasks of a place that stay due.
type Claimer interface {
	// Claim takes n due tasks and puts them behind all others.
	Claim(ctx context.Context, n int) (taken int, err error)
}

// All are the systems in the order in which they are shown.
var All = slices.Concat(baselines, ours, gocrons, robfigs, quartzes, rivers, asynqs)

// Find returns the system of this name.
func Find(name string) (System, bool) {
	i := slices.IndexFunc(All, func(s System) bool { return s.Name == name })
	if i < 0 {
		return System{}, false
	}
	return All[i], true
}

// Version is the version of the system's module in this program.
func (s System) Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || s.Module == "" {
		return ""
	}
	for _, m := range info.Deps {
		switch {
		case m.Path != s.Module:
		case m.Replace != nil || m.Version == "(devel)": // as it is in a workspace
			return "of this checkout" + commit(info)
		default:
			return m.Version
		}
	}
	return ""
}

// commit is that of the checkout, where the program was built with it.
func commit(info *debug.BuildInfo) string {
	id, changed := "", ""
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			id = ", " + setting.Value[:min(12, len(setting.Value))]
		case setting.Key == "vcs.modified" && setting.Value == "true":
			changed = " with changes"
		}
	}
	return id + changed
}
