package asyncz_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
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

// severed is a store that goes away with the answer to one write.
type severed struct {
	*failing
	lose atomic.Bool
}

func (s *severed) Update(ctx context.Context, r store.Record) error {
	err := s.failing.Update(ctx, r)
	if err == nil && s.lose.CompareAndSwap(true, false) {
		s.down.Store(true)
		return errDown
	}
	return err
}

func TestWhatAWriteDecidedIsToldThoughOthersHaveWrittenTheTaskSince(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		shared := newBytes()
		st := &severed{failing: &failing{Store: shared}}
		first := running(t, onBytes(st), asyncz.WithFunctions(d.functions()))
		told := outcomes(first)
		second := running(t, onBytes(shared), asyncz.WithFunctions(d.functions()))
		_, _ = first.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.Coalesce(false), asyncz.GraceTime(5*time.Second), asyncz.ID("a"))
		first.Pause()
		second.Pause()
		time.Sleep(36 * time.Second)
		st.lose.Store(true)
		first.Resume() // decides that the fires of 10, 20 and 30 s are missed, and hears no more
		time.Sleep(time.Second)
		first.Pause()
		second.Resume() // writes the beginnings and ends of the fires of 40 to 60 s
		time.Sleep(30 * time.Second)
		st.down.Store(false)
		time.Sleep(10 * time.Second)
		if got := tally(told()); got[asyncz.Missed] != 3 || len(got) != 1 {
			t.Errorf("the first told %v, want the 3 missed fires", got)
		}
		if got := d.times("f"); len(got) != 4 {
			t.Errorf("ran at %v, want 40, 50, 60 and 70 s", got)
		}
	})
}

// mortal is a severed store that knows its nodes.
type mortal struct {
	*severed
	list store.Members
}

func (m mortal) Beat(ctx context.Context, row store.Member) error {
	return errors.Join(m.check(), m.unless(func() error { return m.list.Beat(ctx, row) }))
}

func (m mortal) Leave(ctx context.Context, node string) error {
	return errors.Join(m.check(), m.unless(func() error { return m.list.Leave(ctx, node) }))
}

func (m mortal) Members(ctx context.Context) ([]store.Member, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	return m.list.Members(ctx)
}

func TestWhatADeadNodeDecidedIsToldByAnother(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		shared := newListing()
		st := mortal{&severed{failing: &failing{Store: shared}}, shared}
		first := running(t, onBytes(st), asyncz.WithFunctions(d.functions()))
		second := running(t, onBytes(shared), asyncz.WithFunctions(d.functions()))
		told := outcomes(second)
		_, _ = first.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.Coalesce(false), asyncz.GraceTime(5*time.Second), asyncz.ID("a"))
		first.Pause()
		second.Pause()
		time.Sleep(36 * time.Second)
		st.lose.Store(true)
		first.Resume() // decides that the fires of 10, 20 and 30 s are missed, and is never heard of again
		time.Sleep(time.Second)
		second.Resume()
		time.Sleep(9 * time.Second)
		if got := tally(told()); got[asyncz.Executed] != 1 || len(got) != 1 {
			t.Errorf("told %v while the first may still be there; want the run of 40 s", got)
		}
		time.Sleep(30 * time.Second)
		if got := tally(told()); got[asyncz.Missed] != 3 || got[asyncz.Executed] != 4 || len(got) != 2 {
			t.Errorf("told %v, want the runs of 40 to 70 s and, once, the 3 fires that the first found missed", got)
		}
		st.down.Store(false) // it was not dead, and can end now
	})
}

// half is a severed store whose list of nodes stays within reach.
type half struct {
	*severed
	list store.Members
}

func (h half) Beat(ctx context.Context, row store.Member) error    { return h.list.Beat(ctx, row) }
func (h half) Leave(ctx context.Context, node string) error        { return h.list.Leave(ctx, node) }
func (h half) Members(ctx context.Context) ([]store.Member, error) { return h.list.Members(ctx) }

func TestWhatANodeCouldNotTellWhenItLeftIsToldByAnother(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		shared := newListing()
		st := half{&severed{failing: &failing{Store: shared}}, shared}
		first := running(t, onBytes(st), asyncz.WithFunctions(d.functions()))
		second := running(t, onBytes(shared), asyncz.WithFunctions(d.functions()))
		told := outcomes(second)
		_, _ = first.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.Coalesce(false), asyncz.GraceTime(5*time.Second), asyncz.ID("a"))
		first.Pause()
		second.Pause()
		time.Sleep(36 * time.Second)
		st.lose.Store(true)
		first.Resume() // decides that the fires of 10, 20 and 30 s are missed, and can't find out that it was done
		time.Sleep(time.Second)
		atOnce, cancel := context.WithCancel(t.Context())
		cancel()
		_ = first.Shutdown(atOnce) // it tries for a while
		second.Resume()
		time.Sleep(time.Minute)
		last := d.began.Add(30 * time.Second)
		if !slices.ContainsFunc(told(), func(e asyncz.RunEnded) bool {
			return e.Outcome == asyncz.Missed && e.Count == 3 && e.Run.Scheduled.Equal(last)
		}) {
			t.Errorf("told %v, and not the 3 fires that the first found missed", tally(told()))
		}
	})
}

func TestWhatANodeDecidedThatHasLeftIsNotToldAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		shared := newListing()
		first := running(t, onBytes(shared), asyncz.WithFunctions(d.functions()))
		second := running(t, onBytes(shared), asyncz.WithFunctions(d.functions()))
		toldFirst, toldSecond := outcomes(first), outcomes(second)
		_, _ = first.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.Coalesce(false), asyncz.GraceTime(5*time.Second), asyncz.ID("a"))
		first.Pause()
		second.Pause()
		time.Sleep(36 * time.Second)
		first.Resume() // decides that the fires of 10, 20 and 30 s are missed
		time.Sleep(time.Second)
		if err := first.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		second.Resume()
		time.Sleep(time.Minute)
		if got := tally(toldFirst()); got[asyncz.Missed] != 3 {
			t.Errorf("the first told %v, want 3 missed fires", got)
		}
		if got := tally(toldSecond()); got[asyncz.Missed] != 0 || got[asyncz.Executed] == 0 {
			t.Errorf("the second told %v, want runs alone", got)
		}
	})
}

func TestWhatAWriteDecidedIsToldThoughTheTaskIsGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		shared := newBytes()
		st := &severed{failing: &failing{Store: shared}}
		s := running(t, onBytes(st), asyncz.WithFunctions(d.functions()))
		told := outcomes(s)
		_, _ = s.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.GraceTime(2*time.Second), asyncz.ID("a"))
		s.Pause()
		time.Sleep(15 * time.Second)
		st.lose.Store(true)
		s.Resume() // decides that the fire of 10 s is missed, and hears no more
		time.Sleep(time.Second)
		if err := shared.Delete(t.Context(), "a", 0); err != nil {
			t.Fatal(err)
		}
		st.down.Store(false)
		time.Sleep(10 * time.Second)
		if got := tally(told()); got[asyncz.Missed] != 1 || len(got) != 1 {
			t.Errorf("told %v, want the missed fire", got)
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

// tardy answers one write with an error, and does it a while later if the task is
// still as it was, as a server does that goes on when its client has left.
type tardy struct {
	store.Store
	late atomic.Bool
}

func (s *tardy) Update(ctx context.Context, r store.Record) error {
	if !s.late.CompareAndSwap(true, false) {
		return s.Store.Update(ctx, r)
	}
	r.Data = bytes.Clone(r.Data)
	time.AfterFunc(2*time.Second, func() { _ = s.Store.Update(context.Background(), r) })
	return errDown
}

func TestAWriteThatIsDoneLateIsToldOrComesTooLate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		shared := newBytes()
		st := &tardy{Store: shared}
		first := running(t, onBytes(st), asyncz.WithFunctions(d.functions()))
		second := running(t, onBytes(shared), asyncz.WithFunctions(d.functions()))
		toldFirst, toldSecond := outcomes(first), outcomes(second)
		_, _ = first.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.Coalesce(false), asyncz.GraceTime(5*time.Second), asyncz.ID("a"))
		first.Pause()
		second.Pause()
		time.Sleep(36 * time.Second)
		st.late.Store(true)
		first.Resume() // decides that the fires of 10, 20 and 30 s are missed; it is done at 38 s
		time.Sleep(time.Millisecond)
		first.Pause()
		time.Sleep(3 * time.Second)
		second.Resume()
		time.Sleep(20 * time.Second)
		missed := tally(toldFirst())[asyncz.Missed] + tally(toldSecond())[asyncz.Missed]
		if missed != 3 {
			t.Errorf("%d missed fires were told, want 3", missed)
		}
	})
}
