package asyncz

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/go-asyncz/asyncz/internal/engine"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// A pastFire is what the engine's loop leaves of an end for the history. It is
// small, and a row is made of it by whoever needs one, because the loop has no time
// to spare and most rows of a history in memory are never read.
type pastFire struct {
	task    string
	ending  lifecycle.Ending
	outcome Outcome
	result  json.RawMessage
	beside  *besideFire // nil: nothing
}

// A besideFire is what few attempts leave behind.
type besideFire struct {
	err, stack, output string
	logs               []LogLine
	cut                int
}

func newPastFire(def *lifecycle.Definition, e *lifecycle.Ending, o Outcome, l *engine.Left) pastFire {
	f := pastFire{task: def.ID, ending: *e, outcome: o, result: l.Result}
	if l.Err == nil && l.Said == nil {
		return f
	}
	f.beside = &besideFire{}
	if l.Err != nil {
		f.beside.err = l.Err.Error()
		var p *PanicError
		if errors.As(l.Err, &p) {
			f.beside.stack = string(p.Stack)
		}
	}
	if l.Said != nil {
		said := l.Said.Said()
		f.beside.output, f.beside.logs, f.beside.cut = said.Output, said.Lines, said.Cut
	}
	return f
}

// row makes a row of it.
func (f *pastFire) row(store string) PastRun {
	e := &f.ending
	r := e.Run()
	row := PastRun{
		Run: newRun(store, f.task, &r), Outcome: f.outcome, Count: e.Count, First: e.First, Into: e.Into,
		Ended: e.Ended, Error: e.Error, Result: e.Result,
	}
	if f.result != nil {
		row.Result = f.result
	}
	if b := f.beside; b != nil {
		if b.err != "" {
			row.Error = b.err
		}
		row.Stack, row.Output, row.Logs, row.Cut = b.stack, b.output, b.logs, b.cut
	}
	return row
}

// matches reports whether a query for rows in memory asks for it.
func (f *pastFire) matches(task string, fire, since, until time.Time) bool {
	e := &f.ending
	return (task == "" || f.task == task) && (fire.IsZero() || e.Fire.Equal(fire)) &&
		(since.IsZero() || !e.Ended.Before(since)) && (until.IsZero() || e.Ended.Before(until))
}
