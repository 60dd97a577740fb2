package asyncz_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

// A lease that is shorter than the engine's own waits, and what G4 makes of it.
const (
	shortLease = 2 * time.Second
	shortPoll  = 500 * time.Millisecond
	shortBound = shortLease + shortPoll + time.Second
)

func withShortLease() []asyncz.Option {
	return []asyncz.Option{asyncz.WithLease(shortLease, shortLease/5), asyncz.WithPoll(shortPoll)}
}

// forgetful claims what it is asked to, and loses the answers to as many claims as it
// is told to.
type forgetful struct {
	claiming
	lose atomic.Int32
}

func (f *forgetful) Claim(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
	got, err := f.claiming.Claim(ctx, q, hold)
	if len(got) > 0 && f.lose.Add(-1) >= 0 {
		return nil, errDown
	}
	return got, err
}

// Due takes a moment, so that two who look at one time lose a race.
func (f *forgetful) Due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	got, err := f.claiming.Due(ctx, q)
	time.Sleep(time.Millisecond)
	return got, err
}

func TestATaskWhoseClaimWasLostRunsWithinTheBound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		st := &forgetful{claiming: newClaiming()}
		opts := append(withShortLease(), onBytes(st), asyncz.WithFunctions(d.functions()))
		s := running(t, opts...)
		running(t, opts...)
		_, _ = s.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.ID("a"))
		time.Sleep(35 * time.Second) // in which the two find out about each other
		st.lose.Store(1)
		time.Sleep(9 * time.Second)
		if st.lose.Load() > 0 {
			t.Fatal("nobody claims")
		}
		if got := d.times("f"); len(got) != 4 || got[3] > (40*time.Second+shortBound).Seconds() {
			t.Errorf("ran at %v; the fire of 40 s should run within %v", got, shortBound)
		}
	})
}

func TestAStoreThatIsBackIsAskedWithinTheBound(t *testing.T) {
	for _, away := range []time.Duration{20 * time.Second, 21 * time.Second, 22 * time.Second, 23 * time.Second, 24 * time.Second} {
		t.Run(away.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				d := newDiary()
				st := &failing{Store: newBytes()}
				s := running(t, append(withShortLease(), onBytes(st), asyncz.WithFunctions(d.functions()))...)
				_, _ = s.Add(t.Context(), call("f"), trigger.At(time.Now().Add(5*time.Second)), asyncz.ID("a"))
				time.Sleep(time.Second)
				st.down.Store(true)
				time.Sleep(away)
				st.down.Store(false)
				time.Sleep(shortBound)
				if got := d.times("f"); len(got) != 1 {
					t.Errorf("ran at %v, want once within %v after the store was back", got, shortBound)
				}
			})
		})
	}
}
