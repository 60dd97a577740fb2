// Package trigger says when: it holds pure arithmetic on times, and no clock.
package trigger

import (
	"encoding/json"
	"time"
)

// A Trigger denotes a series of instants, and is a pure function of it: what it
// answers depends on its arguments alone. A trigger never changes and may be
// used from any number of goroutines.
type Trigger interface {
	// Next returns the first instant of the series after prev or, when prev is
	// zero, the first at or after now (a date: its time, even when that is past).
	// It returns false when the series has no more instants.
	Next(prev, now time.Time) (time.Time, bool)
	// Type is the word that the JSON form has under "type".
	Type() string
	// String says in a sentence, for people, when the trigger fires.
	String() string
	// MarshalJSON writes the form that [Parse] reads.
	json.Marshaler
}

// An Anchorer is a trigger whose series depends on when its task was added, such
// as an interval without a start time.
type Anchorer interface {
	// Anchor returns the trigger with its series fixed as of this time, or the
	// same trigger when it is fixed already.
	Anchor(added time.Time) Trigger
}

// A Jumper is a trigger that can pass over many instants at once.
//
// Without it a scheduler that comes back after a pause walks from one to the next.
type Jumper interface {
	// Jump returns the last instant in (prev, now] and how many there are in that
	// span; 0 when there is none.
	Jump(prev, now time.Time) (last time.Time, n int)
}

// A Jitterer is a trigger whose task shall start late by a random time.
type Jitterer interface {
	// Jitter is the longest delay; the series itself is not moved by it. The
	// delay never reaches past the next instant, nor past the time returned by
	// End when that is not zero.
	Jitter() time.Duration
	// End is the last time at which the trigger may fire; zero: no end.
	End() time.Time
}
