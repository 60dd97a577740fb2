package filestore_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
)

// Whatever becomes of the log, both handles go on seeing each other's writes.
func TestTheLogMayBeDamagedInAnyWay(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(path string, content []byte) error{
		"removed":               func(p string, _ []byte) error { return os.Remove(p) },
		"emptied":               func(p string, _ []byte) error { return os.Truncate(p, 0) },
		"cut in its title":      func(p string, _ []byte) error { return os.Truncate(p, 10) },
		"cut in its first name": func(p string, _ []byte) error { return os.Truncate(p, 60) },
		"cut in its last name":  func(p string, c []byte) error { return os.Truncate(p, int64(len(c)-5)) },
		"ends in half a name": func(p string, c []byte) error {
			return os.WriteFile(p, append(c, filestore.FileName("b", ".task")[:20]...), 0o600)
		},
		"ends in a long half name": func(p string, c []byte) error {
			return os.WriteFile(p, append(c, strings.Repeat("x", 5000)...), 0o600)
		},
		"ends in zeros": func(p string, c []byte) error {
			return os.WriteFile(p, append(c, make([]byte, 5000)...), 0o600)
		},
		"names foreign files": func(p string, c []byte) error {
			return os.WriteFile(p, append(c, "../x.task\n/etc/passwd\n\n\x00\nnone.task\n"...), 0o600)
		},
		"replaced by garbage": func(p string, _ []byte) error {
			return os.WriteFile(p, []byte(strings.Repeat("garbage\n", 1000)), 0o600)
		},
		"replaced by another": func(p string, _ []byte) error {
			return os.WriteFile(p, []byte("asyncz task changes 1 ABCDEFGHIJKLMNOPQRSTUVWXYZ\n"), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			a, b := open(t, dir), open(t, dir)
			add(t, a, task("a"))
			add(t, b, task("b"))
			path := filepath.Join(dir, filestore.LogName)
			content, err := os.ReadFile(path)
			must(t, err)
			must(t, damage(path, content))
			for i, s := range []*filestore.Store{a, b, a, a, b} {
				r := task(fmt.Sprintf("later-%d", i))
				r.Due = noon.Add(-time.Duration(i+1) * time.Hour)
				add(t, s, r)
				for which, s := range []*filestore.Store{a, b, open(t, dir)} {
					next, err := s.NextDue(t.Context(), nil)
					if err != nil || !next.Equal(r.Due) {
						t.Fatalf("after write %d handle %d says that %v is next (error %v), want %v", i, which, next, err, r.Due)
					}
					if got := count(t, s); got != i+3 {
						t.Fatalf("after write %d handle %d has %d tasks, want %d", i, which, got, i+3)
					}
				}
			}
		})
	}
}

// A log that ends with a whole line looks whole to a handle that has not read
// further. The handle that has knows better, and makes all others read anew.
func TestALogCutAtALineIsNoticedByWhoeverHadReadFurther(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	behind, ahead := open(t, dir), open(t, dir)
	path := filepath.Join(dir, filestore.LogName)
	info, err := os.Stat(path)
	must(t, err)
	add(t, ahead, task("a"), task("b"))
	must(t, os.Truncate(path, info.Size()))
	count(t, ahead)
	if n := count(t, behind); n != 2 {
		t.Errorf("the handle that was behind sees %d tasks, want 2", n)
	}
}

func TestALogThatHasGrownTooLongIsBegunAnew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	add(t, a, task("a"))
	before := a.LogGeneration()
	path := filepath.Join(dir, filestore.LogName)
	content, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, append(content, strings.Repeat("x.task\n", 1<<18)...), 0o600))
	add(t, a, task("b"))
	if a.LogGeneration() == before {
		t.Error("the log is the same as before")
	}
	info, err := os.Stat(path)
	must(t, err)
	if info.Size() > 1000 {
		t.Errorf("the log has %d bytes", info.Size())
	}
	if got, want := listing(t, b), listing(t, a); !slices.Equal(got, want) || len(got) != 2 {
		t.Errorf("the other handle sees %q, want %q", got, want)
	}
}

// Two handles and a third that is opened for each comparison do the same random
// operations on few ids, and agree on everything after each.
func TestHandlesStayInStep(t *testing.T) {
	t.Parallel()
	const seed = 20300506
	rnd := rand.New(rand.NewPCG(seed, 1))
	dir := t.TempDir()
	handles := []*filestore.Store{open(t, dir), open(t, dir)}
	for step := range 150 {
		s := handles[rnd.IntN(2)]
		r := task(fmt.Sprint("task ", rnd.IntN(6)))
		r.Due = noon.Add(time.Duration(rnd.IntN(5)) * time.Minute)
		r.Executor = []string{"default", "pool"}[rnd.IntN(2)]
		r.Rev = uint64(1 + rnd.IntN(3))
		var did string
		switch rnd.IntN(7) {
		case 0, 1:
			did = fmt.Sprint("add ", s.Add(t.Context(), r))
		case 2:
			did = fmt.Sprint("update ", s.Update(t.Context(), r))
		case 3:
			did = fmt.Sprint("delete ", s.Delete(t.Context(), r.ID, 0))
		case 4:
			_, err := s.Claim(t.Context(), store.DueQuery{At: noon.Add(time.Hour), Limit: 2}, r.Due)
			did = fmt.Sprint("claim ", err)
		case 5:
			if _, err := os.Stat(pathOf(dir, r.ID)); err != nil {
				continue
			}
			must(t, os.WriteFile(pathOf(dir, r.ID), []byte("spoilt"), 0o600))
			count(t, handles[0])
			count(t, handles[1])
			did = "spoil"
		case 6:
			if rnd.IntN(5) == 0 {
				did = fmt.Sprint("clear ", s.Clear(t.Context()))
			}
		}
		fresh := open(t, dir)
		want := view(t, fresh)
		for i, h := range handles {
			if got := view(t, h); !slices.Equal(got, want) {
				t.Fatalf("seed %d, step %d (%s %q): handle %d sees\n%s\na new one sees\n%s", seed, step, did, r.ID, i, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
		must(t, fresh.Close())
	}
}

// view is all that a handle says of its tasks.
func view(tb testing.TB, s *filestore.Store) []string {
	tb.Helper()
	var out []string
	for _, executors := range [][]string{nil, {"default"}, {"pool"}, {"default", "pool", "default"}} {
		next, err := s.NextDue(tb.Context(), executors)
		out = append(out, fmt.Sprint(executors, next, err))
		due, err := s.Due(tb.Context(), store.DueQuery{At: noon.Add(2 * time.Minute), Executors: executors, Limit: 3})
		for _, r := range due {
			out = append(out, fmt.Sprint(executors, r.ID, r.Rev, r.Due))
		}
		out = append(out, fmt.Sprint(err))
	}
	return append(out, listing(tb, s)...)
}
