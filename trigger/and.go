package trigger

import (
	"fmt"
	"time"
)

type and struct{ combined }

var (
	_ Trigger  = (*and)(nil)
	_ Anchorer = (*and)(nil)
	_ Jitterer = (*and)(nil)
)

// And fires at the instants that all triggers have in common, to the
// microsecond. Its jitter is the longest one among theirs.
//
// The search for a common instant gives up after looking at 100,000 instants of
// the triggers, nested ones included: Next says then that there are no more. It
// is an error when it finds nothing from 1970 on, unless it can't be known yet:
// an interval without a start time is fixed by [Anchorer] only.
func And(triggers ...Trigger) (Trigger, error) {
	c, err := combine("and", triggers)
	if err != nil {
		return nil, err
	}
	a := &and{c}
	if !a.anchored() {
		return a, nil
	}
	steps := maxSteps
	if _, ok := a.search(time.Time{}, time.Unix(firstInstant, 0), &steps); ok {
		return a, nil
	}
	if steps <= 0 {
		return nil, fmt.Errorf("and: no common instant was found among the first %d of %s", maxSteps, a)
	}
	return nil, fmt.Errorf("and: the triggers have no instant in common: %s", a)
}

func (a *and) Type() string { return "and" }

func (a *and) Anchor(added time.Time) Trigger {
	if fixed, changed := a.anchor(added); changed {
		return &and{fixed}
	}
	return a
}

func (a *and) Next(prev, now time.Time) (time.Time, bool) {
	steps := maxSteps
	return a.search(prev, now, &steps)
}

// search asks the triggers in turn for their first instant at or after the
// latest that one of them has answered, until all agree.
func (a *and) search(prev, now time.Time, steps *int) (time.Time, bool) {
	at, ok := next(a.triggers[0], prev, now, steps)
	if !ok {
		return time.Time{}, false
	}
	if prev.IsZero() {
		// A date answers with its time even when that is past; then it is the only
		// one that the triggers can have in common.
		for _, t := range a.triggers[1:] {
			first, ok := next(t, prev, now, steps)
			if !ok {
				return time.Time{}, false
			}
			if first.Before(now) || first.After(at) && !at.Before(now) {
				at = first
			}
		}
	}
	for agreed, i := 0, 0; agreed < len(a.triggers); i = (i + 1) % len(a.triggers) {
		if *steps <= 0 {
			return time.Time{}, false
		}
		answer, ok := next(a.triggers[i], at.Add(-1), now, steps)
		switch {
		case !ok:
			return time.Time{}, false
		case answer.Equal(at):
			agreed++
		default:
			at, agreed = answer, 1
		}
	}
	return at, true
}

// End is the earliest end that one of the triggers has; zero: none has one.
func (a *and) End() (end time.Time) {
	for _, e := range a.ends() {
		if end.IsZero() || !e.IsZero() && e.Before(end) {
			end = e
		}
	}
	return end
}

func (a *and) String() string { return a.sentence(" and at the same time ") }

func (a *and) MarshalJSON() ([]byte, error) { return a.write("and") }
