package chaos

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Kinds of faults.
const (
	Kill     = "kill"     // kill -9 of a node, which is started again a little later
	Blackout = "blackout" // kill -9 of all nodes
	Pause    = "pause"    // SIGSTOP for longer than the lease, then SIGCONT
	Roll     = "roll"     // SIGTERM, and a start once it has ended: a rolling restart
	Cut      = "cut"      // all connections of a node are reset
	Refuse   = "refuse"   // they are reset, and no new ones are taken for a while
	Hole     = "hole"     // nothing gets through for a while, and nothing says so
	Swallow  = "swallow"  // the next answers are lost after what they answer was done
	Delay    = "delay"    // each byte takes longer for a while
	Crash    = "crash"    // kill -9 of the server, which is started again on its data
	Restart  = "restart"  // the server is ended in order and started again
	Step     = "step"     // a node's clock jumps
)

// network are the kinds that need one.
var network = []string{Cut, Refuse, Hole, Swallow, Delay}

// An event is one fault.
type event struct {
	at   time.Duration // from the begin
	what string
	node int // -1: the server, or all
	span time.Duration
	step time.Duration // of a clock: how wrong it goes from now on
}

func (e event) String() string {
	return fmt.Sprintf("%6dms %-8s node %2d for %4dms, clock %v", e.at.Milliseconds(), e.what, e.node+1, e.span.Milliseconds(), e.step)
}

// plan lays out the faults of a run. The same configuration has the same plan.
func plan(c Config) []event {
	r := rand.New(rand.NewPCG(c.Seed, 0))
	var all []event
	add := func(n int, kinds ...string) {
		for i := range n {
			all = append(all, draw(r, c, kinds[i%len(kinds)]))
		}
	}
	add(c.Kills, Kill)
	add(c.Pauses, Pause)
	add(c.Rolls, Roll)
	add(c.Network, network...)
	add(c.Steps, Step)
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	// The great ones at even distances among the others.
	for i := range c.Restarts {
		e := draw(r, c, []string{Crash, Restart}[i%2])
		all = slices.Insert(all, (i+1)*len(all)/(c.Restarts+1), e)
	}
	for i := range c.Blackouts {
		e := draw(r, c, Blackout)
		all = slices.Insert(all, (2*i+1)*len(all)/(2*c.Blackouts+1), e)
	}
	return lay(r, c, all)
}

// draw makes an event of a kind, without its time and its node.
func draw(r *rand.Rand, c Config, kind string) event {
	between := func(low, high time.Duration) time.Duration { return low + time.Duration(r.Int64N(int64(high-low)+1)) }
	ms := time.Millisecond
	e := event{what: kind, node: -1}
	switch kind {
	case Kill:
		e.span = between(20*ms, 400*ms)
	case Blackout:
		e.span = between(c.Lease+500*ms, c.Lease+time.Second)
	case Pause:
		e.span = between(c.Lease+c.Lease/10, c.Lease+c.Lease/2)
	case Refuse, Delay:
		e.span = between(200*ms, 1000*ms)
	case Hole:
		e.span = between(300*ms, 3*c.Lease/2)
	case Swallow:
		e.span = between(300*ms, 600*ms)
	case Step:
		e.step = between(-2*time.Hour, 2*time.Hour)
	}
	return e
}

// lay gives events their times and their nodes: spread over the run, and no two at
// one node at a time.
func lay(r *rand.Rand, c Config, all []event) []event {
	free := make([]time.Duration, c.Nodes)
	for i := range all {
		e := &all[i]
		e.at = c.For * time.Duration(i) / time.Duration(len(all))
		switch e.what {
		case Crash, Restart:
			continue
		case Blackout:
			e.at = max(e.at, slices.Max(free))
			for n := range free {
				free[n] = e.at + e.span + rest
			}
			continue
		}
		var at []int
		for n := range free {
			if free[n] <= e.at {
				at = append(at, n)
			}
		}
		if len(at) == 0 {
			n := slices.Index(free, slices.Min(free))
			at, e.at = []int{n}, free[n]
		}
		e.node = at[r.IntN(len(at))]
		free[e.node] = e.at + e.span + rest
	}
	slices.SortStableFunc(all, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	return all
}

// rest is how long a node is left in peace between two faults.
const rest = 200 * time.Millisecond
