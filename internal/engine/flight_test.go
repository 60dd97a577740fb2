package engine

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
)

// A slow line takes a second for each read of what is due and for each batch.
type slow struct {
	*line
	ending  atomic.Bool  // a batch that removes many is under way
	beside  atomic.Int32 // reads that began meanwhile
	fail    atomic.Int32 // how many such batches fail
	refused atomic.Int32
}

func (s *slow) Due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	time.Sleep(time.Millisecond) // so that a batch that was sent off is under way
	if s.ending.Load() {
		s.beside.Add(1)
	}
	time.Sleep(time.Second)
	return s.line.Due(ctx, q)
}

func (s *slow) Batch(ctx context.Context, writes []store.Write) ([]error, error) {
	removed := 0
	for _, w := range writes {
		if w.Op == store.OpDelete {
			removed++
		}
	}
	many := removed >= fewestAhead
	s.ending.Store(many)
	time.Sleep(time.Second)
	s.ending.Store(false)
	if many && s.fail.Add(-1) >= 0 {
		s.refused.Add(1)
		return nil, errCut
	}
	return s.line.Batch(ctx, writes)
}

// counting returns a function that notes its begin and returns. It makes no timer: the
// race detector does not bear that many goroutines of a bubble look at timers which
// are due already (the runtime lets them share one of its contexts).
func (l *log) counting(node string) func(context.Context) error {
	return func(ctx context.Context) error {
		r, _ := RunFrom(ctx)
		l.note(node, "ran %s", r.Def.ID)
		return nil
	}
}

func TestWhatIsDueNextIsReadWhileTheEndsOfRunsAreWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, st := newLog(), &slow{line: newLine(memstore.New())}
		e := newNode(l, "n", st, funcs{"f": l.counting("n")}, executor.NewGoroutines(500))
		for i := range 2000 {
			add(t, e, fmt.Sprint("a", i), "f")
		}
		begin(t, e)
		time.Sleep(time.Minute)
		if got := len(l.with("n ran")); got != 2000 {
			t.Errorf("%d of 2000 ran", got)
		}
		if st.beside.Load() < 2 {
			t.Errorf("%d reads of what is due began while ends were written", st.beside.Load())
		}
	})
}

// What was planned beside a batch that failed is not begun, gives its place back, and
// is planned again.
func TestABatchOfEndsThatFailsCostsNoRunAndNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, st := newLog(), &slow{line: newLine(memstore.New())}
		x := executor.NewGoroutines(500)
		e := newNode(l, "n", st, funcs{"f": l.counting("n")}, x)
		for i := range 2000 {
			add(t, e, fmt.Sprint("a", i), "f")
		}
		st.fail.Store(2)
		begin(t, e)
		time.Sleep(2 * time.Minute)
		e.Pause(true) // a read takes places for what it may find
		time.Sleep(5 * time.Second)
		if got := len(l.with("n ran")); got != 2000 || st.refused.Load() != 2 {
			t.Errorf("%d runs of 2000 tasks, %d batches failed", got, st.refused.Load())
		}
		if got := len(l.with("ended")); got != 2000 {
			t.Errorf("%d ends were told", got)
		}
		if free := x.Reserve(501); free != 500 {
			t.Errorf("%d of 500 places are free", free)
		}
		if left, err := st.m.NextDue(t.Context(), nil); !left.IsZero() || err != nil {
			t.Errorf("something is left that is due at %v, %v", left, err)
		}
	})
}
