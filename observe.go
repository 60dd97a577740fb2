package asyncz

import (
	"time"

	"github.com/go-asyncz/asyncz/internal/engine"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/internal/nodeclock"
)

func (s *Scheduler) header(store, task string) Header {
	return Header{Time: nodeclock.Now(), Store: store, Task: task}
}

// tell hands an event to the listeners, if there are any.
func (s *Scheduler) tell(e Event) {
	if s.hub.heard() {
		s.hub.send(e)
	}
}

// An observer turns what the engine of one store reports into events.
type observer struct {
	s     *Scheduler
	store string
}

func (o observer) header(task string) Header { return o.s.header(o.store, task) }

func (o observer) RunStarted(def *lifecycle.Definition, r lifecycle.Run) {
	if o.s.hub.heard() {
		o.s.tell(RunStarted{o.header(def.ID), newRun(o.store, def.ID, &r)})
	}
}

func (o observer) RunEnded(def *lifecycle.Definition, e lifecycle.Ending, l engine.Left) {
	o.chronicle().add(def, &e, Outcome(e.Outcome), &l)
	if o.s.hub.heard() {
		o.s.tell(RunEnded{
			Header: o.header(def.ID), Run: o.run(def, e), Outcome: Outcome(e.Outcome), Count: e.Count,
			First: e.First, Into: e.Into, Ended: e.Ended, Value: l.Value, Err: l.Err,
		})
	}
}

func (o observer) RunWaits(def *lifecycle.Definition, e lifecycle.Ending, notBefore time.Time, l engine.Left) {
	o.chronicle().add(def, &e, Retrying, &l)
	if o.s.hub.heard() {
		o.s.tell(RunRetrying{o.header(def.ID), o.run(def, e), notBefore, l.Err})
	}
}

func (o observer) RunLost(def *lifecycle.Definition, r lifecycle.Run) {
	ended := o.s.parts[o.store].engine.Now()
	e := r.Ending(lifecycle.Cancelled, ended)
	o.chronicle().add(def, &e, Lost, &engine.Left{})
	o.s.settings.logger.Warn("a run was lost with its node and starts again", "store", o.store, "task", def.ID, "run", r.Fire, "node", r.Node)
	if o.s.hub.heard() {
		o.s.tell(RunLost{o.header(def.ID), newRun(o.store, def.ID, &r)})
	}
}

func (o observer) LeaseLost(def *lifecycle.Definition, e lifecycle.Ending, l engine.Left) {
	o.chronicle().add(def, &e, LostLease, &l)
	if o.s.hub.heard() {
		o.s.tell(LeaseLost{o.header(def.ID), o.run(def, e), Outcome(e.Outcome), l.Err})
	}
}

func (o observer) Exhausted(def *lifecycle.Definition) {
	if o.s.hub.heard() {
		o.s.tell(TaskRemoved{o.header(def.ID), true})
	}
}

func (o observer) Unreadable(id string, err error) { o.s.tell(TaskUnreadable{o.header(id), err}) }
func (o observer) StoreFailed(err error)           { o.s.tell(StoreFailed{o.header(""), err}) }
func (o observer) StoreRecovered()                 { o.s.tell(StoreRecovered{o.header("")}) }

// chronicle is the history of the store; nil when there is none.
func (o observer) chronicle() *chronicle { return o.s.parts[o.store].history }

func (o observer) run(def *lifecycle.Definition, e lifecycle.Ending) Run {
	r := e.Run()
	return newRun(o.store, def.ID, &r)
}
