//go:build !race

package asyncz_test

import (
	"context"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

// Allocations are counted, because unlike times they are the same on each machine.
// The race detector adds its own, so that these are left out with it. That the next
// time of a trigger allocates nothing is shown in package trigger.

// The limits are a little more than what was counted, 5 and 7 to 10: whether a goroutine
// is at hand and a slice has room is not the same each time.
const (
	allocsOfAdd  = 6
	allocsOfFire = 12
)

func TestAddingATaskToMemoryAllocatesLittle(t *testing.T) { // not parallel: others' allocations would count
	s := open(t)
	const runs = 2000
	ids := make([]asyncz.TaskOption, runs+1) // one is added to warm up
	for i := range ids {
		ids[i] = asyncz.ID(strconv.Itoa(i))
	}
	call, at := asyncz.Do(func(context.Context) error { return nil }), trigger.At(time.Now().Add(time.Hour))
	i := 0
	n := testing.AllocsPerRun(runs, func() {
		_, err := s.Add(t.Context(), call, at, ids[i])
		must(t, err)
		i++
	})
	if n > allocsOfAdd {
		t.Errorf("%v allocations, and %v are allowed", n, allocsOfAdd)
	}
}

func TestAFireInMemoryAllocatesLittle(t *testing.T) { // not parallel: others' allocations would count
	synctest.Test(t, func(t *testing.T) {
		const tasks = 1000
		s := running(t)
		var fires atomic.Int64
		call := asyncz.Do(func(context.Context) error { fires.Add(1); return nil })
		every := trigger.MustEvery(time.Second, trigger.StartAt(time.Now().Add(time.Second)))
		for i := range tasks {
			_, err := s.Add(t.Context(), call, every, asyncz.ID(strconv.Itoa(i)))
			must(t, err)
		}
		time.Sleep(10 * time.Second) // until what is used again has been made
		synctest.Wait()
		if n := fires.Load(); n != 10*tasks {
			t.Fatalf("%d fires", n)
		}
		defer debug.SetGCPercent(debug.SetGCPercent(-1)) // it empties pools
		n := testing.AllocsPerRun(10, func() {
			time.Sleep(time.Second)
			synctest.Wait()
		}) / tasks
		if n > allocsOfFire {
			t.Errorf("%v allocations, and %v are allowed", n, allocsOfFire)
		}
	})
}

// The bytes that stay are as much the same on each machine as allocations are.
func TestWhatATaskInMemoryAllocatesAndKeepsIsSmall(t *testing.T) { // not parallel: others' memory would count
	const tasks, most = 20_000, 530 // 479 were counted, with its id and function but without its trigger
	s := open(t)
	at := trigger.At(time.Now().Add(time.Hour))
	before := live() // bytes of the heap that are in use
	for i := range tasks {
		_, err := s.Add(t.Context(), asyncz.Do(func(context.Context) error { _ = i; return nil }), at, asyncz.ID(strconv.Itoa(i)))
		must(t, err)
	}
	if each := (live() - before) / tasks; each > most {
		t.Errorf("a task keeps %d bytes, and %d are allowed", each, most)
	} else {
		t.Logf("a task keeps %d bytes", each)
	}
}
