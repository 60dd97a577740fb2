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

// losing does each write, and loses the answers to as many as it is told to.
type losing struct {
	store.Store
	lose atomic.Int32
}

func (l *losing) answer(err error) error {
	if err == nil && l.lose.Add(-1) >= 0 {
		return errDown
	}
	return err
}

func (l *losing) Update(ctx context.Context, r store.Record) error {
	return l.answer(l.Store.Update(ctx, r))
}

func (l *losing) Delete(ctx context.Context, id string, rev uint64) error {
	return l.answer(l.Store.Delete(ctx, id, rev))
}

func TestWhatAWriteDecidedIsToldThoughItsAnswerWasLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		st := &losing{Store: newBytes()}
		s := running(t, onBytes(st), asyncz.WithFunctions(d.functions()))
		ended := outcomes(s)
		_, _ = s.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.Coalesce(false), asyncz.GraceTime(5*time.Second), asyncz.ID("a"))
		time.Sleep(5 * time.Second)
		s.Pause()
		time.Sleep(31 * time.Second)
		st.lose.Store(1)
		s.Resume() // the fires of 10, 20 and 30 s are too late by now
		time.Sleep(9 * time.Second)
		if got := tally(ended()); got[asyncz.Missed] != 3 || got[asyncz.Executed] != 1 || len(got) != 2 {
			t.Errorf("got %v, want 3 missed fires and the run of 40 s", got)
		}
	})
}

func TestARunBeginsThoughTheAnswerToItsWriteWasLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		st := &losing{Store: newBytes()}
		s := running(t, onBytes(st), asyncz.WithFunctions(d.functions()))
		ended := outcomes(s)
		_, _ = s.Add(t.Context(), call("f"), trigger.At(time.Now().Add(time.Second)), asyncz.OnLost(asyncz.Skip), asyncz.ID("a"))
		st.lose.Store(2) // of the beginning and of the end
		time.Sleep(3 * time.Second)
		if got := tally(ended()); got[asyncz.Executed] != 1 || len(got) != 1 {
			t.Errorf("got %v, want one executed run", got)
		}
		if got := d.times("f"); len(got) != 1 {
			t.Errorf("it ran at %v", got)
		}
	})
}

func TestARunWhoseLeaseEndedWhileItsWriteWasInDoubtBeginsOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		f := &failing{Store: newBytes()}
		st := &losing{Store: f}
		s := running(t, onBytes(st), asyncz.WithFunctions(d.functions()))
		ended := outcomes(s)
		_, _ = s.Add(t.Context(), call("f"), trigger.At(time.Now().Add(time.Second)), asyncz.ID("a"))
		st.lose.Store(1)
		time.Sleep(time.Second + time.Millisecond)
		f.down.Store(true)
		time.Sleep(time.Minute) // far longer than the lease
		f.down.Store(false)
		time.Sleep(20 * time.Second)
		if got := tally(ended()); got[asyncz.Executed] != 1 || len(got) != 1 {
			t.Errorf("got %v, want one executed run", got)
		}
		if got := d.times("f"); len(got) != 1 {
			t.Errorf("it ran at %v", got)
		}
	})
}
