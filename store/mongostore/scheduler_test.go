package mongostore_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

// ran counts the runs of tasks, and tells when all of them have run.
type ran struct {
	mu   sync.Mutex
	runs map[string]int
	want int
	all  chan struct{}
}

func (r *ran) note(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs[id]++; len(r.runs) == r.want && r.runs[id] == 1 {
		close(r.all)
	}
}

// node starts a scheduler whose tasks are counted.
func (r *ran) node(t *testing.T, url string, lease time.Duration) (*asyncz.Scheduler, asyncz.Func[string, struct{}]) {
	t.Helper()
	fs := new(asyncz.Functions)
	note := asyncz.RegisterIn(fs, "note", func(_ context.Context, id string) (struct{}, error) {
		r.note(id)
		return struct{}{}, nil
	})
	s, err := asyncz.New(bg, asyncz.WithStoreURL("default", url), asyncz.WithFunctions(fs), asyncz.WithPoll(time.Second),
		asyncz.WithLease(lease, time.Second), asyncz.WithEncryptionKey("the key of a test, long enough"), asyncz.WithLogger(slog.New(slog.DiscardHandler)))
	must(t, err)
	must(t, s.Start(bg))
	t.Cleanup(func() { must(t, s.Shutdown(bg)) })
	return s, note
}

// run adds tasks that are due at once, does something meanwhile, and waits until
// each has run.
func (r *ran) run(t *testing.T, s *asyncz.Scheduler, note asyncz.Func[string, struct{}], meanwhile func()) {
	t.Helper()
	tasks := make([]asyncz.NewTask, r.want)
	for i := range tasks {
		id := fmt.Sprintf("task-%03d", i)
		tasks[i] = asyncz.NewTask{Call: note.With(id), Trigger: trigger.At(time.Now()), Options: []asyncz.TaskOption{asyncz.ID(id)}}
	}
	results, err := s.AddMany(bg, tasks)
	must(t, err)
	for _, err := range results {
		must(t, err)
	}
	meanwhile()
	select {
	case <-r.all:
	case <-time.After(5 * time.Minute):
		r.mu.Lock()
		defer r.mu.Unlock()
		t.Fatalf("after five minutes %d of %d tasks have run", len(r.runs), r.want)
	}
}

func TestSchedulersOnOneCollectionRunEachTaskOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	r := &ran{runs: map[string]int{}, want: 60, all: make(chan struct{})}
	url := p.url + "?connect_timeout=60&collection=" + p.collection
	const lease = 5 * time.Minute // longer than a busy machine lets a node wait
	first, note := r.node(t, url, lease)
	r.node(t, url, lease)
	r.run(t, first, note, func() {})
	for id, n := range r.runs {
		if n != 1 {
			t.Errorf("%s ran %d times", id, n)
		}
	}
}

func TestSchedulersCatchUpAfterTheServerWasAway(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	f := p.front(t)
	r := &ran{runs: map[string]int{}, want: 60, all: make(chan struct{})}
	url := p.through(f) + "?connect_timeout=60&collection=" + p.collection
	const lease = 6 * time.Second // after which comes again what was lost on its way
	first, note := r.node(t, url, lease)
	r.node(t, url, lease)
	r.run(t, first, note, func() {
		f.cutAll(true)
		for range 5 { // the nodes have noticed
			<-f.refused
		}
		f.cutAll(false)
	})
}
