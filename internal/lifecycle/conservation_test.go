package lifecycle_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/trigger"
)

// FuzzEachFireEndsInExactlyOneOutcome lets nodes plan, finish, fail, die and
// come back in any order, and then counts: each instant of the series that was
// passed, and each run asked for by hand, has ended exactly once or is in flight.
func FuzzEachFireEndsInExactlyOneOutcome(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed, byte(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, shape byte) {
		w := newWorld(t, seed, shape)
		for range 120 {
			w.step()
			w.check()
		}
	})
}

// A world is one task, some nodes, and a ledger of what has ended.
type world struct {
	t      *testing.T
	rand   *rand.Rand
	now    time.Time
	state  *lifecycle.State
	nodes  []*node
	hands  map[*node][]lifecycle.Run // what each node carries out
	ended  map[time.Time]int         // fires by how often they ended
	manual map[time.Time]bool
	pauses [][2]time.Time // of the series: left out by a resume
}

func newWorld(t *testing.T, seed uint64, shape byte) *world {
	w := &world{t: t, rand: rand.New(rand.NewPCG(seed, uint64(shape))), now: t0, hands: map[*node][]lifecycle.Run{}, ended: map[time.Time]int{}, manual: map[time.Time]bool{}}
	w.nodes = []*node{newNode("a"), newNode("b"), newNode("c")}
	series := trigger.Trigger(everySecond())
	if shape&1 != 0 {
		series = jumping{everySecond().(steps)}
	}
	w.state = start(t, define(series, func(d *lifecycle.Definition) {
		d.Coalesce = shape&2 != 0
		d.MaxInstances = 1 + int(shape>>2&3)
		d.CatchUp = 3
		if shape&16 != 0 {
			d.Grace = 4 * time.Second
		}
		if shape&32 != 0 {
			d.Retry = lifecycle.Retry{Attempts: 3, Delay: 2 * time.Second, Exponential: true}
		}
		if shape&64 != 0 {
			d.OnLost = lifecycle.Skip
		}
	}))
	return w
}

func (w *world) step() {
	n := w.nodes[w.rand.IntN(len(w.nodes))]
	switch w.rand.IntN(10) {
	case 0, 1, 2, 3:
		w.now = w.now.Add(time.Duration(w.rand.Int64N(int64(3 * time.Second))))
		n.room = w.rand.IntN(5)
		next, d := n.plan(w.state, w.now)
		w.state, w.hands[n] = next, append(w.hands[n], d.Start...)
		for _, e := range d.Ended {
			w.close(e)
		}
	case 4, 5, 6:
		w.finish(n)
	case 7: // the node dies and comes back empty-handed
		n.alive, w.hands[n] = map[time.Time]bool{}, nil
	case 8:
		w.now = w.now.Add(time.Duration(w.rand.Int64N(int64(20 * time.Second))))
		w.state, _ = lifecycle.Renew(w.state, n.moment(w.now))
	case 9:
		w.edit()
	}
}

func (w *world) finish(n *node) {
	if len(w.hands[n]) == 0 {
		return
	}
	r := w.hands[n][0]
	w.hands[n] = w.hands[n][1:]
	outcome := []lifecycle.Outcome{lifecycle.Executed, lifecycle.Failed}[w.rand.IntN(2)]
	next, e, waiting, ok := n.finish(w.state, r, outcome, w.now)
	if w.state = next; ok && !waiting {
		w.close(e)
	}
}

func (w *world) edit() {
	switch w.rand.IntN(3) {
	case 0:
		w.state = lifecycle.Pause(w.state)
	case 1:
		if w.state.Paused {
			before := w.state.Next
			w.state = lifecycle.Resume(w.state, w.now, noJitter)
			w.pauses = append(w.pauses, [2]time.Time{before, w.state.Next})
		}
	case 2:
		if len(w.state.Runs) < 20 {
			next, r, err := lifecycle.RunNow(w.state, w.now.Add(time.Nanosecond*777))
			if err != nil || w.ended[r.Fire] > 0 {
				return
			}
			w.state, w.manual[r.Fire] = next, true
		}
	}
}

// close notes the end of the fires that an ending speaks of.
func (w *world) close(e lifecycle.Ending) {
	first := e.Fire
	if !e.First.IsZero() {
		first = e.First
	}
	n := 0
	for at := first; !at.After(e.Fire); at = at.Add(time.Second) {
		w.ended[at]++
		n++
	}
	if n != e.Count {
		w.t.Fatalf("%s: %d fires from %v to %v, but it counts %d", e.Outcome, n, first, e.Fire, e.Count)
	}
}

func (w *world) check() {
	running := 0
	open := map[time.Time]int{}
	for _, r := range w.state.Runs {
		open[r.Fire]++
		if r.Running() {
			running++
		}
	}
	if running > w.state.Def.MaxInstances {
		w.t.Fatalf("%d runs in flight, %d are allowed", running, w.state.Def.MaxInstances)
	}
	last := w.state.Next
	for at := at(1); at.Before(last); at = at.Add(time.Second) {
		if got := w.ended[at] + open[at]; got != 1 && (got != 0 || !w.skipped(at)) {
			w.t.Fatalf("the fire at %v ended %d times and is in flight %d times; next is %v", at, w.ended[at], open[at], last)
		}
	}
	for at := range w.manual {
		if w.ended[at]+open[at] != 1 {
			w.t.Fatalf("the run asked for at %v ended %d times and is in flight %d times", at, w.ended[at], open[at])
		}
	}
}

func (w *world) skipped(at time.Time) bool {
	for _, p := range w.pauses {
		if !at.Before(p[0]) && at.Before(p[1]) {
			return true
		}
	}
	return false
}
