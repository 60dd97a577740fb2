// Package trigger says when a task runs: it holds pure arithmetic on times, and
// no clock.
//
// A [Trigger] denotes a series of instants. There are six types of them, each
// made by a function in Go or by [Parse] from JSON, which is the form in which
// tasks are configured and stored:
//
//	trigger.At(launch)                               {"type":"date","run_at":"2030-01-31T09:00:00Z"}
//	trigger.Every(5*time.Minute)                     {"type":"interval","minutes":5}
//	trigger.Cron("0 9 * * mon-fri", trigger.In(zrh)) {"type":"cron","expression":"0 9 * * mon-fri","timezone":"Europe/Zurich"}
//	trigger.CronFields(trigger.Fields{Hour: "9-17"}) {"type":"cron","hour":"9-17"}
//	trigger.And(a, b), trigger.Or(a, b)              {"type":"and","triggers":[…]}, {"type":"or","triggers":[…]}
//	trigger.Shutdown()                               {"type":"shutdown"}
//
// Those that can be wrong return an error when they are made, in a time that has
// a bound, and never later; [Must] is for the ones that a program spells out.
// Programs add types of their own with [Register].
//
// # The series
//
// A series doesn't depend on when it is asked for. The n-th instant of an
// interval is start + n·interval however late the runs before it were, and a
// scheduler that was away for a month finds out by [Jumper] what it missed
// without walking through it. Instants are whole microseconds, from 1970 to 9999,
// each later than the one before.
//
// # Clocks
//
// An interval counts elapsed time. Cron counts what a clock on the wall shows in
// one time zone, UTC unless [In] says otherwise, and clocks are put forward and
// back:
//
//   - In spring a time may not exist. With a fixed hour ("30 2 * * *") cron fires
//     once all the same, at the instant that the time denotes with the offset
//     before the change: 02:30 at 03:30. A daily task is never lost. With the hour
//     "*" or "*/n" the time does not occur.
//   - In autumn a time may come twice. With a fixed hour cron fires once, at the
//     first; with the hour "*" or "*/n" at both, so that "0 * * * *" fires each
//     hour that passes.
//
// [SkipGap], [FoldFirst] and [FoldBoth] are for those who want it otherwise.
//
// Time zones are those of Go's time package. A program for machines without a
// zone database imports time/tzdata.
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
