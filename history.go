package asyncz

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/go-asyncz/asyncz/internal/engine"
	"github.com/go-asyncz/asyncz/internal/history"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/store"
)

// Defaults of the history of runs.
const (
	DefaultHistoryAge  = 7 * 24 * time.Hour
	DefaultHistoryRows = 100_000

	memoryRows = 10_000 // where a store can't keep the history
	trimEvery  = 10 * time.Minute
)

// WithHistory says how long the history of runs is kept, and how many rows of it a
// store; 0 means no limit for the one or the other. The defaults are seven days and
// 100,000 rows. Where a store can't keep it the last 10,000 rows are in memory.
func WithHistory(age time.Duration, rows int) Option {
	return func(c *settings) error {
		if age < 0 || rows < 0 {
			return fmt.Errorf("%w: the age %v and the rows %d of the history must not be negative", ErrOption, age, rows)
		}
		c.history = &retention{age, rows}
		return nil
	}
}

// WithoutHistory keeps no history of runs. Tasks keep their last run.
func WithoutHistory() Option {
	return func(c *settings) error { c.history = &retention{-1, -1}; return nil }
}

// A retention is how long rows are kept; below zero: there are none.
type retention struct {
	age  time.Duration
	rows int
}

// A chronicle is the history of one store's runs.
type chronicle struct {
	s       *Scheduler
	p       *part
	keep    retention
	log     store.RunLog // nil: in memory
	memory  *history.Ring[pastFire]
	once    sync.Once
	writer  *history.Writer[pastFire] // made by once
	trimmed time.Time
	written int                 // rows since then
	shown   map[string]progress // what of runs in flight is in the store
}

// chronicle returns the history of a store; nil when there is none.
func (s *Scheduler) chronicle(p *part) *chronicle {
	keep := retention{DefaultHistoryAge, DefaultHistoryRows}
	if s.settings.history != nil {
		keep = *s.settings.history
	}
	if keep.rows < 0 {
		return nil
	}
	c := &chronicle{s: s, p: p, keep: keep, shown: map[string]progress{}}
	if log, ok := p.store.(store.RunLog); ok && !p.keeper.Live() {
		c.log = log
	} else {
		c.memory = history.NewRing[pastFire](memoryRows)
	}
	return c
}

// start lets a history that is in a store be written.
func (c *chronicle) start() {
	if c == nil || c.log == nil {
		return
	}
	c.once.Do(func() {
		c.trimmed = time.Now().Add(-rand.N(trimEvery)) // nodes that start together don't trim together
		c.writer = history.NewWriter(history.Config[pastFire]{Write: c.write, Lost: c.lose, Every: c.everySecond})
	})
}

// stop writes what waits.
func (c *chronicle) stop(ctx context.Context) {
	if c == nil {
		return
	}
	c.once.Do(func() {}) // it is not started any more
	if c.writer != nil {
		c.writer.Close(ctx)
	}
}

// flush makes reads see what this process has written.
func (c *chronicle) flush(ctx context.Context) {
	if c.start(); c.writer != nil {
		_ = c.writer.Flush(ctx) // what the store has can be shown all the same
	}
}

// add takes in a row. It is called from the engine's loop and returns at once.
func (c *chronicle) add(def *lifecycle.Definition, e *lifecycle.Ending, o Outcome, l *engine.Left) {
	if c == nil {
		return
	}
	if c.memory != nil {
		c.memory.Add(newPastFire(def, e, o, l))
		return
	}
	c.start() // an edit may end fires in a scheduler that isn't started
	if c.writer != nil {
		c.writer.Add(newPastFire(def, e, o, l))
	}
}

// write keeps rows in the store.
func (c *chronicle) write(ctx context.Context, fires []pastFire) error {
	entries := make([]store.RunEntry, 0, len(fires))
	for i := range fires {
		row := fires[i].row(c.p.alias)
		e, err := c.p.packRun(runsLog, row.Ended, row)
		if err != nil {
			c.lose(1, err)
			continue
		}
		entries = append(entries, e)
	}
	err := c.append(ctx, entries)
	c.written += len(entries)
	return err
}

func (c *chronicle) append(ctx context.Context, entries []store.RunEntry) error {
	ctx, cancel := context.WithTimeout(ctx, c.s.settings.lease)
	defer cancel()
	return c.s.settings.time(c.p.alias, "append_runs", len(entries), func() error { return c.log.AppendRuns(ctx, entries) })
}

// lose tells of rows that are not in the history.
func (c *chronicle) lose(n int, err error) {
	c.s.settings.logger.Error("rows of the history of runs were lost", "store", c.p.alias, "rows", n, "error", err)
	c.s.tell(HistoryLost{c.s.header(c.p.alias, ""), n, err})
}

// everySecond shows what runs in flight say, and trims the history now and then.
func (c *chronicle) everySecond(ctx context.Context) {
	c.show(ctx)
	if now := time.Now(); now.Sub(c.trimmed).Abs() >= trimEvery || (c.keep.rows > 0 && c.written > c.keep.rows/4) {
		c.trimmed, c.written = now, 0
		c.trim(ctx)
	}
}

func (c *chronicle) trim(ctx context.Context) {
	now := c.p.engine.Now()
	before := time.Time{}
	if c.keep.age > 0 {
		before = now.Add(-c.keep.age)
	}
	for _, t := range []struct {
		log    string
		before time.Time
		keep   int
	}{{runsLog, before, c.keep.rows}, {liveLog, now.Add(-liveAge), liveRows}, {auditLog, now.Add(-auditAge), auditRows}} {
		brief, cancel := context.WithTimeout(ctx, time.Minute)
		n := 0
		err := c.s.settings.time(c.p.alias, "trim_runs", 0, func() (err error) { n, err = c.log.TrimRuns(brief, t.log, t.before, t.keep); return err })
		cancel()
		if err != nil {
			c.s.settings.logger.Warn("the history of runs was not trimmed; it is tried again later", "store", c.p.alias, "log", t.log, "error", err)
			return
		}
		c.s.settings.logger.Debug("history trimmed", "store", c.p.alias, "log", t.log, "rows", n)
	}
}
