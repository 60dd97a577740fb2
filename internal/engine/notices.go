package engine

import (
	"hash/maphash"
	"math/rand/v2"
	"time"

	"github.com/go-asyncz/asyncz/store"
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
	met  time.Time // first, since it was last put off
	data uint64    // what it was then, in short
}

var seed = maphash.MakeSeed()

// meet notes a look at a task. It returns since when the task has been left to
// others, and whether it is new or has changed: if so, there are others who run it.
func (n notices) meet(r *store.Record, now time.Time) (met time.Time, news bool) {
	if len(n) > mostNotices {
		clear(n)
	}
	data := maphash.Bytes(seed, r.Data)
	x := n[r.ID]
	if x == nil {
		x = &notice{}
		n[r.ID] = x
	}
	if news = x.data != data; news {
		x.data, x.wait = data, 0
	}
	if news || x.met.IsZero() {
		x.met = now
	}
	return x.met, news
}

// strike notes another vain look at a task. It returns how long to leave it
// alone, which grows and is jittered so that a node that knows the task gets its
// turn, and whether to speak of it.
func (n notices) strike(id string, now time.Time) (wait time.Duration, tell bool) {
	x := n[id]
	if x == nil {
		x = &notice{}
		n[id] = x
	}
	x.met, x.wait = time.Time{}, min(max(2*x.wait, firstWait), longestWait)
	if tell = now.Sub(x.told).Abs() >= tellEvery; tell {
		x.told = now
	}
	return x.wait/2 + rand.N(x.wait/2), tell
}
