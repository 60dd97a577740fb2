package api

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-asyncz/asyncz"
)

const (
	keptEvents = 4096    // for those who come back after their connection broke off
	keptBytes  = 8 << 20 // of these, all together
	lingering  = time.Minute
)

// A feed keeps the last events, numbered, and hands them to streams. It listens
// to the scheduler only while somebody wants events, and a minute longer.
type feed struct {
	listen func(func(asyncz.Event)) (stop func())

	mu      sync.Mutex
	name    string // of this listening: numbers of another one mean nothing
	kept    []kept
	bytes   int
	next    uint64 // the number of the event that comes next
	readers map[*reader]struct{}
	stop    func() // nil: not listening
	idle    *time.Timer
	closed  bool
}

// A kept event is ready to be sent.
type kept struct {
	number            uint64
	kind, store, task string
	data              []byte
}

func newFeed(listen func(func(asyncz.Event)) func()) *feed {
	return &feed{listen: listen, readers: map[*reader]struct{}{}}
}

// A reader is one stream's place in a feed.
type reader struct {
	feed *feed
	name string
	next uint64        // the number of the event that it wants next
	more chan struct{} // something is there
	gap  bool          // events may be missing before the first one
}

// open returns a reader of what comes from now on; or, if after is the id of an
// event, from what came after it.
func (f *feed) open(after string) *reader {
	f.mu.Lock()
	if f.idle != nil {
		f.idle.Stop()
	}
	r := &reader{feed: f, more: make(chan struct{}, 1)}
	f.readers[r] = struct{}{}
	begin := f.stop == nil && !f.closed
	if begin || f.name == "" {
		f.name, f.kept, f.bytes, f.next = strings.ToLower(rand.Text()[:12]), nil, 0, 1
	}
	if begin {
		f.stop = func() {} // until listen has returned; nobody calls it before
	}
	r.name, r.next = f.name, f.next
	if after != "" {
		name, number, _ := strings.Cut(after, "-")
		n, err := strconv.ParseUint(number, 10, 64)
		if r.gap = err != nil || name != f.name || n >= f.next; !r.gap {
			r.next = n + 1
			r.wake()
		}
	}
	f.mu.Unlock()
	if begin {
		f.begin()
	}
	return r
}

// begin listens to the scheduler.
func (f *feed) begin() {
	name := f.name
	stop := f.listen(func(e asyncz.Event) {
		if k, err := keep(e); err == nil {
			f.take(name, k)
		}
	})
	f.mu.Lock()
	closed := f.closed
	if !closed {
		f.stop = stop
	}
	f.mu.Unlock()
	if closed {
		stop()
	}
}

// keep makes an event ready to be sent.
func keep(e asyncz.Event) (kept, error) {
	data, err := asyncz.MarshalEvent(e)
	if ended, ok := e.(asyncz.RunEnded); ok && err != nil { // what the function returned has no JSON form
		ended.Value = fmt.Sprintf("%T can't be shown: %v", ended.Value, err)
		data, err = asyncz.MarshalEvent(ended)
	}
	if err != nil {
		return kept{}, err
	}
	var h asyncz.Header
	err = json.Unmarshal(data, &h)
	return kept{kind: e.Kind(), store: h.Store, task: h.Task, data: data}, err
}

// take takes an event in, if it comes from the listening of this name.
func (f *feed) take(name string, k kept) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if name != f.name {
		return
	}
	k.number = f.next
	f.next++
	f.kept, f.bytes = append(f.kept, k), f.bytes+len(k.data)
	for len(f.kept) > 1 && (len(f.kept) > keptEvents || f.bytes > keptBytes) {
		f.bytes -= len(f.kept[0].data)
		f.kept[0] = kept{}
		f.kept = f.kept[1:]
	}
	for r := range f.readers {
		r.wake()
	}
}

func (r *reader) wake() {
	select {
	case r.more <- struct{}{}:
	default:
	}
}

// here is the id of the last event before those that the reader wants.
func (r *reader) here() string { return r.name + "-" + strconv.FormatUint(r.next-1, 10) }

// id is the id of an event.
func (r *reader) id(k kept) string { return r.name + "-" + strconv.FormatUint(k.number, 10) }

// read returns what is there, and how many events before it are gone.
func (r *reader) read() (events []kept, lost int) {
	f := r.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	first := f.next - uint64(len(f.kept))
	if r.next < first {
		lost = int(first - r.next)
		r.next = first
	}
	events = append(events, f.kept[r.next-first:]...)
	r.next = f.next
	return events, lost
}

// close ends the reader. The last one leaves the feed listening for a while, in
// case that it comes back.
func (r *reader) close() {
	f := r.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.readers, r)
	if len(f.readers) == 0 && !f.closed {
		f.idle = time.AfterFunc(lingering, f.rest)
	}
}

// rest ends the listening if nobody has come back.
func (f *feed) rest() {
	f.mu.Lock()
	stop := f.stop
	if len(f.readers) > 0 || stop == nil {
		f.mu.Unlock()
		return
	}
	f.stop, f.name, f.kept = nil, "", nil
	f.mu.Unlock()
	stop() // not under the lock: it waits for take
}

// close ends the listening for good.
func (f *feed) close() {
	f.mu.Lock()
	f.closed = true
	if f.idle != nil {
		f.idle.Stop()
	}
	stop := f.stop
	f.stop = nil
	f.mu.Unlock()
	if stop != nil {
		stop()
	}
}
