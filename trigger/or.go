package trigger

import "time"

type or struct{ combined }

var (
	_ Trigger  = (*or)(nil)
	_ Anchorer = (*or)(nil)
	_ Jumper   = (*or)(nil)
	_ Jitterer = (*or)(nil)
)

// Or fires at each instant that any of the triggers has, once when several have
// it. Its jitter is the longest one among theirs.
//
// A date that is past when a task is added fires late only when none of the
// triggers has an instant left.
func Or(triggers ...Trigger) (Trigger, error) {
	c, err := combine("or", triggers)
	if err != nil {
		return nil, err
	}
	return &or{c}, nil
}

func (o *or) Type() string { return "or" }

func (o *or) Anchor(added time.Time) Trigger {
	if fixed, changed := o.anchor(added); changed {
		return &or{fixed}
	}
	return o
}

func (o *or) Next(prev, now time.Time) (time.Time, bool) {
	steps := maxSteps
	return o.search(prev, now, &steps)
}

func (o *or) search(prev, now time.Time, steps *int) (time.Time, bool) {
	var first, past time.Time
	for _, t := range o.triggers {
		at, ok := next(t, prev, now, steps)
		switch {
		case !ok:
		case prev.IsZero() && at.Before(now):
			past = earlier(past, at)
		default:
			first = earlier(first, at)
		}
	}
	if first.IsZero() {
		first = past
	}
	return first, !first.IsZero()
}

// earlier returns the earlier one of two times, of which the first may be zero.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// Jump lets the trigger with the most instants jump over its own, and walks
// those of the others to find the ones that it does not have.
func (o *or) Jump(prev, now time.Time) (last time.Time, n int) {
	if prev.IsZero() {
		prev = time.Unix(0, -1) // to Next a zero time means something else
	}
	densest := -1
	for i, t := range o.triggers {
		j, ok := t.(Jumper)
		if !ok {
			continue
		}
		if at, m := j.Jump(prev, now); m > n {
			densest, last, n = i, at, m
		}
	}
	others := &or{}
	for i, t := range o.triggers {
		if i != densest {
			others.triggers = append(others.triggers, t)
		}
	}
	for at := prev; ; n++ {
		var ok bool
		for {
			if at, ok = others.Next(at, now); !ok || at.After(now) {
				return last, n
			}
			if densest < 0 || !has(o.triggers[densest], at) {
				break
			}
		}
		if at.After(last) {
			last = at
		}
	}
}

// has tells whether a time is in the series of a trigger.
func has(t Trigger, at time.Time) bool {
	same, ok := t.Next(at.Add(-1), at)
	return ok && same.Equal(at)
}

// End is the latest end of the triggers; zero: one of them has none.
func (o *or) End() (end time.Time) {
	for _, e := range o.ends() {
		if e.IsZero() {
			return e
		}
		if e.After(end) {
			end = e
		}
	}
	return end
}

func (o *or) String() string { return o.sentence(" or ") }

func (o *or) MarshalJSON() ([]byte, error) { return o.write("or") }
