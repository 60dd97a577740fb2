package api

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
)

// A source is a scheduler as far as a feed knows it.
type source struct {
	listeners int
	tell      func(asyncz.Event)
}

func (s *source) listen(f func(asyncz.Event)) func() {
	s.listeners++
	s.tell = f
	return func() { s.listeners-- }
}

func added(task string) asyncz.Event {
	return asyncz.TaskAdded{Header: asyncz.Header{Task: task}}
}

func TestAReaderThatIsTooSlowIsToldHowManyEventsAreGone(t *testing.T) {
	t.Parallel()
	s := &source{}
	f := newFeed(s.listen)
	defer f.close()
	r := f.open("")
	for i := range keptEvents + 7 {
		s.tell(added(fmt.Sprint(i)))
	}
	events, lost := r.read()
	if lost != 7 || len(events) != keptEvents || events[0].task != "7" {
		t.Errorf("%d are lost, and %d are there, the first of %q", lost, len(events), events[0].task)
	}
	if events, lost := r.read(); len(events) != 0 || lost != 0 {
		t.Errorf("then %d are lost and %d are there", lost, len(events))
	}
}

func TestAFeedKeepsNoMoreBytesThanItMay(t *testing.T) {
	t.Parallel()
	s := &source{}
	f := newFeed(s.listen)
	defer f.close()
	r := f.open("")
	for range 20 {
		s.tell(asyncz.RunEnded{Value: strings.Repeat("x", keptBytes/10)})
	}
	if f.bytes > keptBytes || len(f.kept) < 5 {
		t.Errorf("%d bytes are kept in %d events", f.bytes, len(f.kept))
	}
	if events, lost := r.read(); len(events)+lost != 20 {
		t.Errorf("%d are lost and %d are there", lost, len(events))
	}
}

func TestAValueThatHasNoJSONFormDoesNotHideItsEvent(t *testing.T) {
	t.Parallel()
	s := &source{}
	f := newFeed(s.listen)
	defer f.close()
	r := f.open("")
	s.tell(asyncz.RunEnded{Outcome: asyncz.Executed, Value: make(chan int)})
	if events, _ := r.read(); len(events) != 1 || !strings.Contains(string(events[0].data), `"outcome":"executed"`) {
		t.Errorf("got %v", events)
	}
}

func TestAFeedListensOnlyWhileItIsWantedAndAMinuteLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		f := newFeed(s.listen)
		if s.listeners != 0 {
			t.Error("it listens for nobody")
		}
		r := f.open("")
		last := r.here()
		f.open("").close()
		if s.listeners != 1 {
			t.Errorf("%d listen for two", s.listeners)
		}
		r.close()
		time.Sleep(59 * time.Second)
		s.tell(added("meanwhile"))
		r = f.open(last)
		if events, lost := r.read(); r.gap || lost != 0 || len(events) != 1 {
			t.Errorf("who comes back in time finds %v", events)
		}
		time.Sleep(2 * time.Minute)
		if s.listeners != 1 {
			t.Error("it has stopped listening for somebody who is there")
		}
		last = r.here()
		r.close()
		time.Sleep(61 * time.Second)
		synctest.Wait()
		if s.listeners != 0 {
			t.Error("it listens on")
		}
		if r = f.open(last); !r.gap {
			t.Error("who comes back too late is not told")
		}
		f.close()
		if s.listeners != 0 {
			t.Error("it listens on after its end")
		}
	})
}
