package cli_test

import (
	"context"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/storetest/faultnet"
	"github.com/go-asyncz/asyncz/trigger"
)

// proxied are the backends that are reached at one address, so that a proxy can
// stand before it.
var proxied = []string{"postgres", "mysql", "redis", "mongodb"}

const (
	interval  = 250 * time.Millisecond // between the fires of a task
	lease     = 2 * time.Second
	heartbeat = 600 * time.Millisecond
	grace     = time.Second // after which a fire of a task that is in a hurry is missed
	outage    = 2 * time.Second
)

// TestASchedulerKeepsItsScheduleThroughFaultsOfTheNetwork cuts the connections to
// a server at a dozen places, takes it away for longer than a lease, and then
// counts the fires of each task by what the scheduler told of them.
func TestASchedulerKeepsItsScheduleThroughFaultsOfTheNetwork(t *testing.T) {
	t.Parallel()
	for _, name := range proxied {
		if backends[name] == nil {
			t.Errorf("there is no backend %s", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			throughFaults(t, backends[name](t)("tasks"))
		})
	}
}

func throughFaults(t *testing.T, direct string) {
	at, err := url.Parse(direct)
	must(t, err)
	proxy := faultnet.New(t, at.Host)
	at.Host = proxy.Addr()
	running, end := make(chan struct{}), make(chan struct{})
	fs := new(asyncz.Functions)
	quick := asyncz.RegisterIn(fs, "quick", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil })
	long := asyncz.RegisterIn(fs, "long", func(context.Context, struct{}) (struct{}, error) {
		close(running)
		<-end
		return struct{}{}, nil
	})
	s, err := asyncz.New(t.Context(), asyncz.WithStoreURL("default", at.String()), asyncz.WithFunctions(fs),
		asyncz.WithLease(lease, heartbeat), asyncz.WithPoll(heartbeat), asyncz.WithLogger(slog.New(slog.DiscardHandler)))
	must(t, err)
	d := newDiary(t, s)
	must(t, s.Start(t.Context()))

	add := func(id string, call asyncz.Call, when trigger.Trigger, options ...asyncz.TaskOption) {
		t.Helper()
		_, err := s.Add(t.Context(), call, when, append(options, asyncz.ID(id), asyncz.MaxInstances(100))...)
		must(t, err)
	}
	add("each", quick.With(struct{}{}), trigger.MustEvery(interval), asyncz.Coalesce(false))
	add("latest", quick.With(struct{}{}), trigger.MustEvery(interval))
	add("prompt", quick.With(struct{}{}), trigger.MustEvery(interval), asyncz.Coalesce(false), asyncz.GraceTime(grace))
	d.await("each", time.Now())

	for i := range 12 {
		fault := faultnet.Fault{Do: faultnet.Action(i % 2), Bytes: []int{0, faultnet.Half}[i/2%2]}
		if i >= 4 { // not any request, but a write
			fault.Marker = "each"
		}
		<-proxy.Arm(fault).Sprung()
		d.await("each", time.Now()) // which also ends the waits between tries
	}

	add("long", long.With(struct{}{}), trigger.At(time.Now()))
	<-running
	add("once", quick.With(struct{}{}), trigger.At(time.Now().Add(outage/2)))
	d.forget()
	proxy.Refuse()
	proxy.Cut()
	over := time.After(outage)
	<-d.failed
	close(end)
	outlive(t, direct, "long")
	<-over
	proxy.Accept()
	<-d.recovered
	d.await("each", time.Now().Add(lease+heartbeat)) // by then also what was lost on its way has come again
	must(t, s.Shutdown(context.WithoutCancel(t.Context())))
	d.judge()
}

// outlive waits until the lease of a task's run has ended by the clock of its
// store. Nothing tells of that: who could renew it is cut off.
func outlive(t *testing.T, url, task string) {
	t.Helper()
	s, err := openURL(t.Context(), url)
	must(t, err)
	defer s.Close()
	r, err := s.Get(t.Context(), task)
	must(t, err)
	for {
		now, err := s.(store.Clock).Now(t.Context())
		must(t, err)
		left := r.Due.Sub(now) // the task has no other time
		if left < 0 {
			return
		}
		<-time.After(left + time.Millisecond)
	}
}

// A diary is what the events say of the fires of tasks.
type diary struct {
	t                 *testing.T
	failed, recovered chan struct{} // get a value when the store does

	mu    sync.Mutex
	fires map[string]map[time.Time][]asyncz.Outcome
	began map[string]int // runs by their identity, but for those of a node that had died
	news  chan struct{}  // closed with the next end of a fire
}

func newDiary(t *testing.T, s *asyncz.Scheduler) *diary {
	d := &diary{t: t, failed: make(chan struct{}, 100), recovered: make(chan struct{}, 100),
		fires: map[string]map[time.Time][]asyncz.Outcome{}, began: map[string]int{}, news: make(chan struct{})}
	s.Listen(func(e asyncz.Event) {
		d.mu.Lock()
		defer d.mu.Unlock()
		switch e := e.(type) {
		case asyncz.StoreFailed:
			d.failed <- struct{}{}
		case asyncz.StoreRecovered:
			d.recovered <- struct{}{}
		case asyncz.EventsLost:
			t.Error("events were lost")
		case asyncz.RunStarted:
			if e.Run.Source != asyncz.Recovered {
				d.began[e.Run.ID()]++
			}
		case asyncz.RunEnded:
			d.note(e)
		}
	})
	return d
}

// note writes down how fires ended: one, or several at regular times.
func (d *diary) note(e asyncz.RunEnded) {
	fires := d.fires[e.Task]
	if fires == nil {
		fires = map[time.Time][]asyncz.Outcome{}
		d.fires[e.Task] = fires
	}
	first, n := e.Run.Scheduled, 0
	if e.Count > 1 {
		first = e.First
	}
	for at := first; !at.After(e.Run.Scheduled); at = at.Add(interval) {
		fires[at.UTC()] = append(fires[at.UTC()], e.Outcome)
		n++
	}
	if n != e.Count {
		d.t.Errorf("%s: %d fires from %v to %v are told as %d", e.Task, n, first, e.Run.Scheduled, e.Count)
	}
	close(d.news)
	d.news = make(chan struct{})
}

// await waits until a fire of the task that was due after a moment has ended.
func (d *diary) await(task string, after time.Time) {
	d.t.Helper()
	for {
		d.mu.Lock()
		news := d.news
		for at := range d.fires[task] {
			if at.After(after) {
				d.mu.Unlock()
				return
			}
		}
		d.mu.Unlock()
		<-news
	}
}

// forget forgets that the store has failed and recovered.
func (d *diary) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.failed) > 0 {
		<-d.failed
	}
	for len(d.recovered) > 0 {
		<-d.recovered
	}
}

// judge compares the diary with what each task promises.
func (d *diary) judge() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for task, may := range map[string][]asyncz.Outcome{
		"each":   {asyncz.Executed},
		"latest": {asyncz.Executed, asyncz.Coalesced},
		"prompt": {asyncz.Executed, asyncz.Missed},
	} {
		ended := map[asyncz.Outcome]int{}
		var last time.Time
		for _, at := range slices.SortedFunc(maps.Keys(d.fires[task]), time.Time.Compare) {
			got := d.fires[task][at]
			if len(got) != 1 || !slices.Contains(may, got[0]) {
				d.t.Errorf("%s: the fire of %v ended as %q, want one of %q", task, at, got, may)
			}
			if !last.IsZero() && !at.Equal(last.Add(interval)) {
				d.t.Errorf("%s: nothing is told of the fires between %v and %v", task, last, at)
			}
			last = at
			ended[got[0]]++
		}
		d.t.Logf("%s: %v", task, ended)
		for _, outcome := range may {
			if ended[outcome] == 0 {
				d.t.Errorf("%s: no fire ended as %s", task, outcome)
			}
		}
	}
	for _, task := range []string{"once", "long"} {
		if len(d.fires[task]) != 1 {
			d.t.Errorf("%s: %d fires ended, want 1", task, len(d.fires[task]))
		}
		for _, got := range d.fires[task] {
			if !slices.Equal(got, []asyncz.Outcome{asyncz.Executed}) {
				d.t.Errorf("%s: it ended as %q", task, got)
			}
		}
	}
	for run, n := range d.began {
		if n != 1 {
			d.t.Errorf("the run %s began %d times, and no node had died", run, n)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
