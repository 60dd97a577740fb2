package engine

import (
	"math/rand/v2"
	"time"
)

const (
	firstWait   = time.Second // before a task that was given back is looked at again
	longestWait = 10 * time.Second
	headStart   = 500 * time.Millisecond // what a node that can run the task has before one that can't
	tellEvery   = time.Minute            // at most so often a task is complained about
	mostNotices = 10_000
)

// notices remember the tasks that this node can't read or run.
type notices map[string]*notice

type notice struct {
	wait time.Duration
	told time.Time
}

// strike notes another vain look at a task. It returns how long to leave it
// alone, which grows and is jittered so that a node that knows the task gets its
// turn, and whether to speak of it.
func (n notices) strike(id string, now time.Time) (wait time.Duration, tell bool) {
	if len(n) > mostNotices {
		clear(n)
	}
	x := n[id]
	if x == nil {
		x = &notice{wait: firstWait}
		n[id] = x
		tell = true
	} else {
		x.wait = min(2*x.wait, longestWait)
		tell = now.Sub(x.told).Abs() >= tellEvery
	}
	if tell {
		x.told = now
	}
	return x.wait/2 + rand.N(x.wait/2), tell
}
