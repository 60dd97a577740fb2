package measure

import (
	"github.com/go-asyncz/asyncz"
)

// Attach counts the events of a scheduler from now on, and lets its state be
// read. It panics when another scheduler is attached that has not shut down:
// their figures would run into one another. stop ends it.
func (m *Meter) Attach(s *asyncz.Scheduler) (stop func()) {
	m.mu.Lock()
	before := m.scheduler
	if before != nil && (before == s || before.State() != asyncz.NodeStopped) {
		m.mu.Unlock()
		panic("asyncz: the metrics are attached to a scheduler already; each needs a value of its own")
	}
	m.scheduler = s
	m.mu.Unlock()

	m.begin(s.Stores())
	leave := s.Listen(m.Hear)
	return func() {
		leave()
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.scheduler == s {
			m.scheduler = nil
		}
	}
}

// begin makes the counters of these stores with zero: a counter that first
// appears with 1 has not grown, as far as Prometheus can see.
func (m *Meter) begin(aliases []string) {
	for _, alias := range aliases {
		m.stores.get(alias)
		if m.settings.MostTasks > 0 {
			continue // what these counters would be of is not known yet
		}
		m.retries.get(taskKey{store: alias})
		for _, o := range []asyncz.Outcome{
			asyncz.Executed, asyncz.Failed, asyncz.Missed, asyncz.Coalesced, asyncz.MaxInstancesReached, asyncz.Abandoned, asyncz.Cancelled,
		} {
			m.fires.get(fireKey{store: alias, outcome: o})
		}
	}
}
