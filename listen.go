package asyncz

import (
	"sync"
	"sync/atomic"

	"github.com/go-asyncz/asyncz/internal/nodeclock"
)

// buffered is how many events may wait for one listener.
const buffered = 4096

// Listen calls f with each event from now on, one at a time and in order, in a
// goroutine of its own. A slow listener never holds the scheduler up: when more
// than 4,096 events wait for it, further ones are left out, and an [EventsLost]
// says how many. stop ends it, and returns when f will not be called any more;
// it must not be called from f. After Shutdown no events come.
func (s *Scheduler) Listen(f func(Event)) (stop func()) { return s.hub.listen(f) }

// On is Listen for the events of one type:
//
//	asyncz.On(s, func(e asyncz.RunEnded) { … })
func On[E Event](s *Scheduler, f func(E)) (stop func()) {
	return s.Listen(func(e Event) {
		if e, ok := e.(E); ok {
			f(e)
		}
	})
}

// A hub hands events to listeners.
type hub struct {
	busy   atomic.Int32 // how many listeners there are
	mu     sync.Mutex
	of     map[*listener]struct{}
	closed bool
}

type listener struct {
	f    func(Event)
	more chan struct{}
	done chan struct{}

	mu     sync.Mutex
	queue  []Event
	lost   int
	ending bool
}

func (h *hub) listen(f func(Event)) func() {
	l := &listener{f: f, more: make(chan struct{}, 1), done: make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return func() {}
	}
	if h.of == nil {
		h.of = map[*listener]struct{}{}
	}
	h.of[l] = struct{}{}
	h.busy.Add(1)
	go l.run()
	return func() { h.leave(l) }
}

func (h *hub) leave(l *listener) {
	h.mu.Lock()
	if _, here := h.of[l]; here {
		delete(h.of, l)
		h.busy.Add(-1)
	}
	h.mu.Unlock()
	l.end(true)
	<-l.done
}

// heard reports whether anybody listens: events for nobody are not made.
func (h *hub) heard() bool { return h.busy.Load() > 0 }

func (h *hub) send(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.of {
		l.put(e)
	}
}

// close lets each listener have what waits for it, and waits until they are
// done or the time is up.
func (h *hub) close(patience <-chan struct{}) {
	h.mu.Lock()
	h.closed = true
	all := h.of
	h.of = nil
	h.busy.Store(0)
	h.mu.Unlock()
	for l := range all {
		l.end(false)
	}
	for l := range all {
		select {
		case <-l.done:
		case <-patience:
			return
		}
	}
}

func (l *listener) put(e Event) {
	l.mu.Lock()
	if len(l.queue) >= buffered {
		l.lost++
	} else {
		if l.lost > 0 {
			l.queue = append(l.queue, EventsLost{Header: Header{Time: nodeclock.Now()}, Count: l.lost})
			l.lost = 0
		}
		l.queue = append(l.queue, e)
	}
	l.mu.Unlock()
	l.signal()
}

func (l *listener) end(now bool) {
	l.mu.Lock()
	l.ending = true
	if now {
		l.queue, l.lost = nil, 0
	}
	l.mu.Unlock()
	l.signal()
}

func (l *listener) signal() {
	select {
	case l.more <- struct{}{}:
	default:
	}
}

func (l *listener) run() {
	defer close(l.done)
	for range l.more {
		for {
			l.mu.Lock()
			batch, ending := l.queue, l.ending
			l.queue = nil
			if ending && l.lost > 0 {
				batch = append(batch, EventsLost{Header: Header{Time: nodeclock.Now()}, Count: l.lost})
				l.lost = 0
			}
			l.mu.Unlock()
			for _, e := range batch {
				l.f(e)
			}
			if len(batch) == 0 {
				if ending {
					return
				}
				break
			}
		}
	}
}
