// Package lifecycle is the life of a task as pure functions: from a state and a
// moment to the next state, and what was decided on the way. It knows triggers;
// it knows no store, no clock and no goroutine.
//
// A [State] is never changed once it is made: each transition returns a new one.
package lifecycle

import (
	"time"

	"github.com/go-asyncz/asyncz/trigger"
)

// OnLost says what becomes of a run whose node has died.
type OnLost string

const (
	Rerun OnLost = "rerun" // run it again: at least once
	Skip  OnLost = "skip"  // give it up: at most once
)

// Defaults of a definition.
const (
	DefaultExecutor     = "default"
	DefaultMaxInstances = 1
	DefaultCatchUp      = 100
)

// A Definition is what the user declared. It doesn't change: an edit makes another.
type Definition struct {
	ID       string
	Name     string
	Func     string
	Args     Args
	Trigger  trigger.Trigger
	Executor string
	Local    any               // a function without a name: only a live store can keep it
	Metadata map[string]string // words of the user's that the scheduler only keeps; not changed once it is here
	*Policy                    // never nil; see Settle and Thaw

	encoded *[]byte // the JSON form, when it is known; a pointer, because a task that is added to memory has none
}

// A Policy says how the fires of a task are handled.
type Policy struct {
	Grace        time.Duration // a fire later than this is missed; 0: no limit
	Coalesce     bool          // several fires due at once become one run
	CatchUp      int           // without Coalesce: at most so many runs a wake-up
	MaxInstances int           // runs in flight at one time, over all nodes
	Timeout      time.Duration // of each attempt; 0: none
	Retry        Retry
	OnLost       OnLost
}

// usual is the policy that most tasks have, and share.
var usual = *DefaultPolicy()

// DefaultPolicy returns the policy of a task that says nothing else. It may be
// changed until its definition is settled.
func DefaultPolicy() *Policy {
	return &Policy{Coalesce: true, CatchUp: DefaultCatchUp, MaxInstances: DefaultMaxInstances, OnLost: Rerun}
}

// Settle ends the making of a definition: a policy that is as usual is shared with
// all others like it, because a hundred thousand tasks need only one, and another
// one is the definition's own.
func (d *Definition) Settle() {
	if *d.Policy == usual {
		d.Policy = &usual
		return
	}
	policy := *d.Policy
	d.Policy = &policy
}

// A Retry says how often and when a failed run is tried again.
type Retry struct {
	Attempts    int           // in all; 0 and 1: no second try
	Delay       time.Duration // before the second attempt
	Exponential bool          // each further delay is twice the one before, with jitter
	MaxDelay    time.Duration // 0: no bound
}

// after returns the delay after so many attempts. The jitter takes up to half
// of an exponential delay away, so that what failed together comes back apart.
func (r Retry) after(attempts int, random float64) time.Duration {
	d := r.Delay
	if !r.Exponential {
		return d
	}
	for range attempts - 1 {
		if d *= 2; d > 365*24*time.Hour || (r.MaxDelay > 0 && d > r.MaxDelay) {
			break
		}
	}
	if r.MaxDelay > 0 {
		d = min(d, r.MaxDelay)
	}
	return d - time.Duration(random*float64(d)/2)
}

// Frozen returns the definition with its JSON form kept, so that each further
// write of the state copies it instead of making it again.
func (d *Definition) Frozen() (*Definition, error) {
	if d.encoded != nil {
		return d, nil
	}
	encoded, err := d.MarshalJSON()
	if err != nil {
		return nil, err
	}
	frozen := *d
	frozen.encoded = &encoded
	return &frozen, nil
}

// Thaw makes a copy of a definition fit to be changed: it forgets the JSON form, and
// has a policy of its own, in the memory that is given for it.
func (d *Definition) Thaw(policy *Policy) {
	*policy = *d.Policy
	d.Policy, d.encoded = policy, nil
}
