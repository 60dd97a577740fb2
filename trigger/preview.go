package trigger

import "time"

// Preview returns up to n instants of a trigger, for people to look at: the ones
// that a task would have that is added at a time.
func Preview(t Trigger, from time.Time, n int) []time.Time {
	if a, ok := t.(Anchorer); ok {
		t = a.Anchor(from)
	}
	var times []time.Time
	for at := (time.Time{}); len(times) < n; {
		next, ok := t.Next(at, from)
		if !ok {
			break
		}
		times, at = append(times, next), next
	}
	return times
}

// Must returns the trigger, and panics on an error. It is for triggers that a
// program spells out:
//
//	trigger.Must(trigger.Or(trigger.MustCron("@daily"), trigger.At(launch)))
func Must(t Trigger, err error) Trigger {
	if err != nil {
		panic(err)
	}
	return t
}
