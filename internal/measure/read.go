package measure

import (
	"context"
	"sync"
	"time"

	"github.com/go-asyncz/asyncz"
)

const (
	// patience is how long the stores have to answer. It is shorter than the ten
	// seconds that Prometheus waits for a page by itself.
	patience = 5 * time.Second
	// perTask is how much longer what was read of the tasks is kept for each of them,
	// so that reading them costs a store no more than a thousand tasks a second.
	perTask = time.Millisecond
)

// A Sample is the value of a gauge.
type Sample struct {
	Of     *Instrument
	Value  float64
	Values []string // of its labels
}

// kept is what was read, and until when it is good enough.
type kept struct {
	samples []Sample
	until   time.Time
}

// Read returns what the gauges are at. What a store does not tell is left out.
func (m *Meter) Read(ctx context.Context) []Sample {
	m.reading.Lock() // who comes meanwhile is content with the answer
	defer m.reading.Unlock()
	m.mu.Lock()
	s := m.scheduler
	m.mu.Unlock()
	if s == nil {
		return nil
	}
	now := s.State()
	var samples []Sample
	for _, state := range []asyncz.NodeState{asyncz.NodeNotStarted, asyncz.NodeRunning, asyncz.NodePaused, asyncz.NodeStopped} {
		samples = append(samples, Sample{schedulerState, one(state == now), []string{string(state)}})
	}
	if now == asyncz.NodeStopped { // its stores are closed
		m.tasks, m.nodes = kept{}, kept{}
		return samples
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var asking sync.WaitGroup
	if at := time.Now(); !at.Before(m.tasks.until) && !m.settings.SkipTasks {
		asking.Go(func() { m.tasks = m.readTasks(ctx, s) })
	}
	if at := time.Now(); !at.Before(m.nodes.until) {
		asking.Go(func() { m.nodes = kept{readNodes(ctx, s), at.Add(m.settings.Every)} })
	}
	asking.Wait()
	samples = append(samples, m.readAnswers(s)...)
	return append(append(samples, m.tasks.samples...), m.nodes.samples...)
}

// readAnswers tells which stores answer the scheduler. It asks none: the scheduler
// does all the time, once it is started.
func (m *Meter) readAnswers(s *asyncz.Scheduler) (samples []Sample) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, alias := range s.Stores() {
		if yes, known := m.answers[alias]; known {
			samples = append(samples, Sample{storeUp, one(yes), []string{alias}})
		}
	}
	return samples
}

// readTasks counts the tasks of the stores.
func (m *Meter) readTasks(ctx context.Context, s *asyncz.Scheduler) kept {
	read, total := kept{}, 0
	for _, alias := range s.Stores() {
		page, err := s.TaskPage(ctx, asyncz.Filter{Store: alias, Sort: "next_run_time", Limit: 1})
		if err != nil {
			total = 0 // what takes too long is read on meanwhile, and may be there the next time
			break
		}
		total += page.Total
		for _, state := range []asyncz.ScheduleState{asyncz.StateScheduled, asyncz.StatePending, asyncz.StatePaused, asyncz.StateUnreadable} {
			read.samples = append(read.samples, Sample{tasks, float64(page.States[state]), []string{alias, string(state)}})
		}
		read.samples = append(read.samples, Sample{overdue, late(page).Seconds(), []string{alias}})
	}
	read.until = time.Now().Add(max(m.settings.Every, time.Duration(total)*perTask))
	return read
}

// late returns how long the first task of a page is due.
func late(page asyncz.TaskPage) time.Duration {
	if len(page.Tasks) == 0 || page.Tasks[0].NextRunTime.IsZero() {
		return 0
	}
	return max(0, time.Since(page.Tasks[0].NextRunTime))
}

// readNodes counts the nodes, and tells of the one that this is.
func readNodes(ctx context.Context, s *asyncz.Scheduler) (samples []Sample) {
	all, err := s.Nodes(ctx)
	if err != nil {
		return nil
	}
	alive, stale := map[string]int{}, map[string]int{}
	for _, n := range all {
		for _, on := range n.Stores {
			if on.Stale {
				stale[on.Store]++
			} else {
				alive[on.Store]++
			}
			if n.Here && on.Skew != nil {
				samples = append(samples, Sample{clockSkew, on.Skew.Seconds(), []string{on.Store}})
			}
		}
		if n.Here {
			samples = append(samples, describe(n)...)
		}
	}
	for _, alias := range s.Stores() {
		samples = append(samples,
			Sample{nodes, float64(alive[alias]), []string{alias, "alive"}},
			Sample{nodes, float64(stale[alias]), []string{alias, "stale"}})
	}
	return samples
}

// describe tells of a node and its executors.
func describe(n asyncz.Node) []Sample {
	samples := []Sample{{schedulerInfo, 1, []string{n.Name, n.Version}}}
	for _, x := range n.Executors {
		if x.Places > 0 { // else it does not tell
			samples = append(samples,
				Sample{places, float64(x.Places), []string{x.Executor}},
				Sample{placesTaken, float64(x.Running), []string{x.Executor}})
		}
	}
	return samples
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
