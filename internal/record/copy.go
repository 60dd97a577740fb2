package record

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/seal"
	"github.com/go-asyncz/asyncz/store"
)

// Read returns the state that a record holds, as Unpack does, but remembers
// nothing, so that a walk over any number of records needs no more memory than
// one of them. plain says whether a record that is not sealed may be read
// although there is a key.
func (k *Keeper) Read(r store.Record, plain bool) (*lifecycle.State, error) {
	if k.live {
		return k.Unpack(r)
	}
	ring := k.ring
	if plain && !seal.IsSealed(r.Data) {
		ring = nil
	}
	s, rev, err := k.decode(r, ring)
	if err == nil && ring != nil && k.seen.outdates(r.ID, s.Incarnation, rev) {
		return nil, rolledBack(r.ID, rev)
	}
	return s, err
}

// Moved returns the state of a task that goes on in another store. It is a task
// of its own there, so that neither can pass for an older state of the other. A
// run that has begun stays with its node until its lease is over; one without a
// lease could not have outlived its process, so its lease is over.
func Moved(s *lifecycle.State, incarnation uint64) (*lifecycle.State, error) {
	n := *s
	n.Incarnation, n.Runs, n.Marks = incarnation, slices.Clone(s.Runs), nil
	for i := range n.Runs {
		if r := &n.Runs[i]; r.Running() && r.Lease.IsZero() {
			r.Lease = r.Started
		}
	}
	if s.Def.Local != nil {
		return &n, nil
	}
	var err error
	n.Def, err = s.Def.Frozen()
	return &n, err
}

// InFlight reports whether a run of the task belongs to a node at this time.
func InFlight(s *lifecycle.State, now time.Time) bool {
	return slices.ContainsFunc(s.Runs, func(r lifecycle.Run) bool {
		return r.Running() && (r.Lease.IsZero() || r.Lease.After(now))
	})
}

// Same reports whether two states of different stores say the same of a task:
// all but the incarnation and the revision, which are each store's own.
func Same(a, b *lifecycle.State) bool {
	return a.Paused == b.Paused && a.Delay == b.Delay &&
		a.Anchor.Equal(b.Anchor) && a.Prev.Equal(b.Prev) && a.Next.Equal(b.Next) &&
		(a.Def == b.Def || a.Def.Equal(b.Def)) &&
		slices.EqualFunc(a.Runs, b.Runs, sameRun) && sameEnding(a.Last, b.Last)
}

func sameRun(a, b lifecycle.Run) bool {
	if !a.Fire.Equal(b.Fire) || !a.NotBefore.Equal(b.NotBefore) || !a.Started.Equal(b.Started) || !a.Lease.Equal(b.Lease) {
		return false
	}
	a.Fire, a.NotBefore, a.Started, a.Lease = b.Fire, b.NotBefore, b.Started, b.Lease
	return a == b
}

func sameEnding(a, b *lifecycle.Ending) bool {
	if a == nil || b == nil {
		return a == b
	}
	for _, t := range [][2]time.Time{{a.Fire, b.Fire}, {a.First, b.First}, {a.Into, b.Into}, {a.Started, b.Started}, {a.Ended, b.Ended}} {
		if !t[0].Equal(t[1]) {
			return false
		}
	}
	return a.Outcome == b.Outcome && a.Count == b.Count && a.Source == b.Source && a.Attempt == b.Attempt &&
		a.Recovered == b.Recovered && a.Coalesced == b.Coalesced && a.Node == b.Node && a.Error == b.Error &&
		sameJSON(a.Result, b.Result)
}

// sameJSON compares values, not their spelling, which a codec may change.
func sameJSON(a, b json.RawMessage) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	return lifecycle.Args{JSON: a}.Equal(lifecycle.Args{JSON: b})
}
