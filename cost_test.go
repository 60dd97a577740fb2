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

// counting counts what a scheduler asks of a store.
type counting struct {
	store.Store
	writes, reads atomic.Int64
}

func (c *counting) Update(ctx context.Context, r store.Record) error {
	c.writes.Add(1)
	return c.Store.Update(ctx, r)
}

func (c *counting) Delete(ctx context.Context, id string, rev uint64) error {
	c.writes.Add(1)
	return c.Store.Delete(ctx, id, rev)
}

func (c *counting) Get(ctx context.Context, id string) (store.Record, error) {
	c.reads.Add(1)
	return c.Store.Get(ctx, id)
}

func TestAFireCostsTwoWritesAndNoReadOfItsRecord(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		st := &counting{Store: newBytes()}
		s := running(t, onBytes(st), asyncz.WithFunctions(d.functions()))
		_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.ID("a"))
		must(t, err)
		_, err = s.Add(t.Context(), call("f"), trigger.At(time.Now().Add(5*time.Second)))
		must(t, err)
		time.Sleep(105 * time.Second)
		if fires, writes, reads := len(d.times("f")), st.writes.Load(), st.reads.Load(); fires != 11 || writes != 22 || reads != 0 {
			t.Errorf("%d fires took %d writes and %d reads", fires, writes, reads)
		}
	})
}

func TestRenewingALeaseNeedsNoRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fs := &asyncz.Functions{}
		asyncz.RegisterIn(fs, "slow", func(context.Context, struct{}) (struct{}, error) {
			time.Sleep(time.Minute)
			return struct{}{}, nil
		})
		st := &counting{Store: newBytes()}
		s := running(t, onBytes(st), asyncz.WithFunctions(fs))
		_, err := s.Add(t.Context(), call("slow"), trigger.At(time.Now()))
		must(t, err)
		time.Sleep(2 * time.Minute)
		// The start, the end, and a renewal each three seconds between them.
		if writes, reads := st.writes.Load(), st.reads.Load(); writes < 20 || writes > 23 || reads != 0 {
			t.Errorf("%d writes and %d reads", writes, reads)
		}
	})
}
