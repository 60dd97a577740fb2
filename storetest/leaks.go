package storetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var leakCases = []testCase{
	{name: "Close/LeaksNoGoroutine", prove: leakGoroutines,
		promise: "after Close no goroutine of the store is left."},
	{name: "Close/LeaksNoFile", prove: leakFiles, alone: true,
		promise: "after Close no file or connection of the store is open."},
}

// exercise opens a store, uses it in many ways, and closes it.
func (t *T) exercise() {
	t.Helper()
	s := t.openUnclosed()
	kept := t.add(s, recs(10)...)
	t.race([]store.Store{s}, func(i int, s store.Store) error {
		_, err := s.Get(t.ctx, kept[i%10].ID)
		return err
	})
	for _, err := range s.All(t.ctx) {
		_ = err // the walk is broken off, whatever it found
		break
	}
	cancelled, cancel := context.WithCancel(t.ctx)
	cancel()
	for _, c := range calls(s) {
		_ = c.do(cancelled)
	}
	if w, ok := s.(store.Watcher); ok {
		ctx, cancel := context.WithCancel(t.ctx)
		ended := make(chan error, 1)
		go func() { ended <- w.Watch(ctx, func() {}) }()
		t.due(s, at(noon))
		cancel()
		t.ends(ended, context.Canceled, "Watch")
	}
	t.check(s.Clear(t.ctx), "Clear")
	t.check(s.Close(), "Close")
}

var leakID atomic.Int64

func leakGoroutines(t *T) {
	// Goroutines inherit the labels of the one that starts them, so those of the
	// store can be told from all others in the process.
	label := fmt.Sprintf("storetest-%d", leakID.Add(1))
	pprof.Do(t.ctx, pprof.Labels("storetest", label), func(context.Context) { t.exercise() })
	var left string
	if !t.eventually(func() bool { left = goroutines(label); return left == "" }) {
		t.Errorf("after Close these goroutines are left:\n%s", left)
	}
}

// goroutines returns the stacks of the goroutines with this label.
func goroutines(label string) string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return ""
	}
	var found []string
	for _, stack := range strings.Split(profile.String(), "\n\n") {
		if strings.Contains(stack, `"`+label+`"`) {
			found = append(found, stack)
		}
	}
	return strings.Join(found, "\n\n")
}

func leakFiles(t *T) {
	if _, err := openFiles(); err != nil {
		t.Skip("this system does not tell which files a process has open")
	}
	const rounds = 8
	t.exercise() // what a driver opens once a process, it may keep
	before, _ := openFiles()
	for range rounds {
		t.exercise()
	}
	var after []string
	if !t.eventually(func() bool { after, _ = openFiles(); return len(after) < len(before)+rounds }) {
		t.Errorf("after a store was opened and closed %d times, the process has %d files open, and had %d before: %q",
			rounds, len(after), len(before), after)
	}
}

// openFiles tells what the process has open.
func openFiles() ([]string, error) {
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	var files []string
	for _, e := range entries {
		if target, err := os.Readlink(dir + "/" + e.Name()); err == nil {
			files = append(files, target)
		}
	}
	return files, err
}

// eventually waits until the condition holds, and returns false when patience
// ends. What is given up by another goroutine or by the system can't be waited
// for in any other way than by looking again.
func (t *T) eventually(holds func() bool) bool {
	for wait := time.Microsecond; ; wait = min(2*wait, 50*time.Millisecond) {
		if holds() {
			return true
		}
		select {
		case <-time.After(wait):
		case <-t.ctx.Done():
			return false
		}
	}
}
