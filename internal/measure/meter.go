package measure

import (
	"sync"
	"time"

	"github.com/go-asyncz/asyncz"
)

// Settings are what a user may choose.
type Settings struct {
	MostTasks int           // how many tasks have series of their own; 0: tasks are not told apart
	Every     time.Duration // how old what was read of the stores may be, at least, when it is asked for again
	SkipTasks bool          // the tasks are not read
}

// A Meter turns what the hooks of one scheduler tell into metrics.
type Meter struct {
	backend  Backend
	settings Settings
	names    *names

	runs     *series[runKey, *runSeries]
	attempts *series[attemptKey, Adder]
	fires    *series[fireKey, Adder]
	retries  *series[taskKey, Adder]
	changes  *series[changeKey, Adder]
	stores   *series[string, *storeSeries]
	calls    *series[callKey, *callSeries]
	lost     Adder // events

	mu        sync.Mutex
	scheduler *asyncz.Scheduler
	answers   map[string]bool // whether a store answered the scheduler last

	reading sync.Mutex // held while somebody reads
	tasks   kept
	nodes   kept
}

type (
	runKey     struct{ store, executor, task string }
	attemptKey struct{ store, executor, source, task string }
	fireKey    struct {
		store   string
		outcome asyncz.Outcome
		task    string
	}
	taskKey   struct{ store, task string }
	changeKey struct{ store, change string }
	callKey   struct{ store, op string }
)

// A runSeries is what an attempt is counted in.
type runSeries struct {
	inFlight                  Adder
	lateness, wait, durations Observer
}

// A storeSeries is what is counted of one store.
type storeSeries struct {
	runsLost, leasesLost, unreadable, claims, claimed, outages, historyLost Adder
}

// A callSeries is what is counted of one operation of one store.
type callSeries struct {
	took              Observer
	conflicts, errors Adder
}

// New returns a meter that counts with b.
func New(b Backend, s Settings) *Meter {
	m := &Meter{backend: b, settings: s, names: newNames(s.MostTasks), answers: map[string]bool{}}
	m.runs = newSeries(func(k runKey) *runSeries {
		return &runSeries{
			inFlight:  b.Adder(inFlight, k.store, k.executor),
			lateness:  b.Observer(lateness, m.values(k.task, k.store, k.executor)...),
			wait:      b.Observer(queueWait, k.store, k.executor),
			durations: b.Observer(duration, m.values(k.task, k.store, k.executor)...),
		}
	})
	m.attempts = newSeries(func(k attemptKey) Adder {
		return b.Adder(attempts, m.values(k.task, k.store, k.executor, k.source)...)
	})
	m.fires = newSeries(func(k fireKey) Adder {
		return b.Adder(fires, m.values(k.task, k.store, string(k.outcome))...)
	})
	m.retries = newSeries(func(k taskKey) Adder { return b.Adder(retries, m.values(k.task, k.store)...) })
	m.changes = newSeries(func(k changeKey) Adder { return b.Adder(changes, k.store, k.change) })
	m.stores = newSeries(func(alias string) *storeSeries {
		return &storeSeries{
			runsLost: b.Adder(runsLost, alias), leasesLost: b.Adder(leasesLost, alias), unreadable: b.Adder(unreadable, alias),
			claims: b.Adder(claims, alias), claimed: b.Adder(claimed, alias), outages: b.Adder(storeOutages, alias),
			historyLost: b.Adder(historyLost, alias),
		}
	})
	m.calls = newSeries(func(k callKey) *callSeries {
		return &callSeries{b.Observer(callDuration, k.store, k.op), b.Adder(conflicts, k.store, k.op), b.Adder(storeErrors, k.store, k.op)}
	})
	m.lost = b.Adder(eventsLost)
	return m
}

// values adds the value of the label task, if there is that label.
func (m *Meter) values(task string, others ...string) []string {
	if m.settings.MostTasks == 0 {
		return others
	}
	return append(others, task)
}
