package dashboard

import (
	"sync"
	"time"

	"github.com/go-asyncz/asyncz"
)

const (
	pulseSeconds = 900  // of throughput that are kept
	pulseEvents  = 1000 // events that are kept
)

// A pulse is what the scheduler's events tell of the last minutes: throughput and
// lateness by the second, and the events themselves. It takes in any number a
// second at the same small cost, and asks no store.
type pulse struct {
	now func() time.Time

	mu      sync.Mutex
	seconds [pulseSeconds]second // a ring, by the second since 1970
	events  []heard              // a ring
	count   int                  // events heard so far
	changed map[string]uint64    // how often something of each topic has changed
}

type second struct {
	at                       int64 // since 1970; another one's numbers are old
	started, executed, ended int
	failed                   int
	late                     histogram
}

// A heard is an event with its number.
type heard struct {
	N     int
	Event asyncz.Event
}

func newPulse(now func() time.Time) *pulse {
	return &pulse{now: now, changed: map[string]uint64{}}
}

// topic is what pages ask for to be told about: of runs, tasks, stores, scheduler.
func topic(e asyncz.Event) string {
	switch e.(type) {
	case asyncz.RunStarted, asyncz.RunEnded, asyncz.RunRetrying, asyncz.RunLost, asyncz.LeaseLost:
		return "runs"
	case asyncz.TaskAdded, asyncz.TaskUpdated, asyncz.TaskPaused, asyncz.TaskResumed, asyncz.TaskRemoved, asyncz.TaskUnreadable:
		return "tasks"
	case asyncz.StoreFailed, asyncz.StoreRecovered:
		return "stores"
	}
	return "scheduler"
}

// hear takes in one event. It is called by one goroutine.
func (p *pulse) hear(e asyncz.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changed[topic(e)]++
	p.changed["events"]++
	p.count++
	h := heard{N: p.count, Event: e}
	if len(p.events) < pulseEvents {
		p.events = append(p.events, h)
	} else {
		p.events[(p.count-1)%pulseEvents] = h
	}
	s := p.second(e.When().Unix())
	if s == nil {
		return
	}
	switch e := e.(type) {
	case asyncz.RunStarted:
		s.started++
		if e.Run.Source == asyncz.Scheduled {
			s.late.add(e.Run.Started.Sub(e.Run.Scheduled))
		}
	case asyncz.RunEnded:
		s.ended += e.Count
		switch e.Outcome {
		case asyncz.Executed:
			s.executed += e.Count
		case asyncz.Failed, asyncz.Abandoned:
			s.failed += e.Count
		}
	}
}

// second returns the numbers of a second, or nil if they are no longer kept.
func (p *pulse) second(at int64) *second {
	s := &p.seconds[at%pulseSeconds]
	if s.at > at {
		return nil
	}
	if s.at < at {
		*s = second{at: at}
	}
	return s
}

// recent returns the last events that a filter lets through, the latest first.
func (p *pulse) recent(limit int, lets func(asyncz.Event) bool) []heard {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []heard
	for i := range len(p.events) {
		h := p.events[(p.count-1-i)%pulseEvents]
		if lets(h.Event) {
			if found = append(found, h); len(found) == limit {
				break
			}
		}
	}
	return found
}

// changes returns how often something of each topic has changed so far.
func (p *pulse) changes() map[string]uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := make(map[string]uint64, len(p.changed))
	for k, v := range p.changed {
		c[k] = v
	}
	return c
}

// A rate is what the last minutes were like.
type rate struct {
	PerSecond float64       // runs that began a second, over the last ten
	Minute    int           // runs that began in the last minute
	Failed    int           // runs that failed in the last minute
	P50, P99  time.Duration // how late runs began, over the last five minutes
	Late      bool          // whether any began in those
	At        []int64       // every fifth second of the last quarter of an hour, oldest first
	Executed  []float64     // runs a second that were executed, at each
	Bad       []float64     // and that failed
}

const rateStep = 5 // seconds in a point of the curve

// rate sums up the seconds that are over.
func (p *pulse) rate() rate {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now().Unix()
	var r rate
	var late histogram
	for at := now - pulseSeconds + 1; at < now; at++ {
		s := p.seconds[at%pulseSeconds]
		if s.at != at {
			continue
		}
		if at >= now-10 {
			r.PerSecond += float64(s.started) / 10
		}
		if at >= now-60 {
			r.Minute += s.started
			r.Failed += s.failed
		}
		if at >= now-300 {
			late.merge(&s.late)
		}
	}
	r.P50, r.Late = late.quantile(0.5)
	r.P99, _ = late.quantile(0.99)
	first := (now - pulseSeconds + rateStep) / rateStep * rateStep
	for from := first; from+rateStep <= now; from += rateStep {
		executed, bad := 0, 0
		for at := from; at < from+rateStep; at++ {
			if s := p.seconds[at%pulseSeconds]; s.at == at {
				executed += s.executed
				bad += s.failed
			}
		}
		r.At = append(r.At, from)
		r.Executed = append(r.Executed, float64(executed)/rateStep)
		r.Bad = append(r.Bad, float64(bad)/rateStep)
	}
	return r
}
