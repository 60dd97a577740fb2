package lifecycle

import (
	"time"

	"github.com/go-asyncz/asyncz/trigger"
)

// longestWalk bounds how many instants are counted one by one when a trigger
// can't jump.
const longestWalk = 100_000

// span returns the last instant in (prev, until] and how many there are.
func span(t trigger.Trigger, prev, until time.Time) (last time.Time, n int) {
	if !until.After(prev) {
		return time.Time{}, 0
	}
	if j, ok := t.(trigger.Jumper); ok {
		return j.Jump(prev, until)
	}
	for at := prev; n < longestWalk; n++ {
		next, ok := t.Next(at, until)
		if !ok || next.After(until) {
			return last, n
		}
		last, at = next, next
	}
	// Too many to count. The last one is found from behind.
	tail := lastOf(t, last, until, 1)
	if len(tail) == 0 {
		return last, n
	}
	return tail[0], n + 1
}

// lastOf returns the last k instants in (prev, until], oldest first. It doesn't
// walk the whole span: it starts close to the end and goes back in growing steps.
func lastOf(t trigger.Trigger, prev, until time.Time, k int) []time.Time {
	for back := time.Second; ; back *= 2 {
		from := until.Add(-back)
		whole := !from.After(prev) || back > 1<<60
		if whole {
			from = prev
		}
		ring := make([]time.Time, 0, k)
		n := 0
		for at := from; ; n++ {
			next, ok := t.Next(at, until)
			if !ok || next.After(until) {
				break
			}
			if len(ring) < k {
				ring = append(ring, next)
			} else {
				ring[n%k] = next
			}
			at = next
		}
		if whole || n >= k {
			if n <= k {
				return ring
			}
			cut := n % k
			return append(append(make([]time.Time, 0, k), ring[cut:]...), ring[:cut]...)
		}
	}
}

// schedule makes next the next instant, and draws its jitter: never past the
// end of the trigger nor as far as the instant after.
func (s *State) schedule(next, now time.Time, random func() float64) {
	s.Next, s.Delay = next.Round(0), 0
	j, ok := s.series.(trigger.Jitterer)
	if !ok || j.Jitter() <= 0 {
		return
	}
	room := j.Jitter()
	if end := j.End(); !end.IsZero() {
		room = min(room, end.Sub(next))
	}
	if after, ok := s.series.Next(next, now); ok {
		room = min(room, after.Sub(next)-time.Microsecond)
	}
	if room > 0 {
		s.Delay = time.Duration(random() * float64(room)).Truncate(time.Microsecond)
	}
}

// unschedule says that no instant is to come.
func (s *State) unschedule() { s.Next, s.Delay = time.Time{}, 0 }
