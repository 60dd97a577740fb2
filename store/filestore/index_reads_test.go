package filestore_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
)

// many puts n tasks into a directory: number i is due i seconds after noon.
func many(tb testing.TB, dir string, n int) {
	tb.Helper()
	for i := range n {
		r := task(fmt.Sprintf("task-%06d", i))
		r.Due = noon.Add(time.Duration(i) * time.Second)
		put(tb, dir, r)
	}
}

func TestOperationsReadOnlyTheFilesThatTheyAreAbout(t *testing.T) {
	t.Parallel()
	const n = 10_000
	dir := t.TempDir()
	many(t, dir, n)
	files := &counting{}
	var s *filestore.Store
	if got := files.during(func() { s = openOn(t, files, dir) }); got != n {
		t.Errorf("opening a directory of %d tasks read %d files", n, got)
	}
	other := open(t, dir)
	ctx := context.WithoutCancel(t.Context())
	last := store.DueQuery{At: noon.Add(n * time.Second), Limit: 10}
	for _, c := range []struct {
		name  string
		reads int64
		do    func() error
	}{
		{"NextDue", 0, func() error { _, err := s.NextDue(ctx, nil); return err }},
		{"NextDue of a label", 0, func() error { _, err := s.NextDue(ctx, []string{"default"}); return err }},
		{"Due when none is", 0, func() error {
			_, err := s.Due(ctx, store.DueQuery{At: noon.Add(-time.Second), Limit: 10})
			return err
		}},
		{"Due of another label", 0, func() error {
			_, err := s.Due(ctx, store.DueQuery{At: noon, Executors: []string{"other"}, Limit: 10})
			return err
		}},
		{"Due of one", 1, func() error { _, err := s.Due(ctx, store.DueQuery{At: noon, Limit: 10}); return err }},
		{"Due of ten among ten thousand", 10, func() error { _, err := s.Due(ctx, last); return err }},
		{"Claim of ten", 10, func() error { _, err := s.Claim(ctx, last, noon.Add(time.Hour)); return err }},
		{"Get", 1, func() error { _, err := s.Get(ctx, "task-000500"); return err }},
		{"Add", 1, func() error { return s.Add(ctx, task("new")) }},
		{"Update", 1, func() error { r := task("new"); r.Rev = 1; return s.Update(ctx, r) }},
		{"Delete", 1, func() error { return s.Delete(ctx, "new", 2) }},
		{"NextDue after another handle has claimed three", 3, func() error {
			if _, err := other.Claim(ctx, store.DueQuery{At: last.At, Limit: 3}, noon.Add(time.Hour)); err != nil {
				return err
			}
			_, err := s.NextDue(ctx, nil)
			return err
		}},
		{"NextDue after another handle has written one task five times", 1, func() error {
			r := task("busy")
			if err := other.Add(ctx, r); err != nil {
				return err
			}
			for r.Rev = 1; r.Rev < 5; r.Rev++ {
				if err := other.Update(ctx, r); err != nil {
					return err
				}
			}
			_, err := s.NextDue(ctx, nil)
			return err
		}},
		{"NextDue after another handle has read", 0, func() error {
			if _, err := other.Due(ctx, last); err != nil {
				return err
			}
			_, err := s.NextDue(ctx, nil)
			return err
		}},
	} {
		var err error
		got := files.during(func() { err = c.do() })
		if err != nil || got != c.reads {
			t.Errorf("%s read %d files (error %v), want %d", c.name, got, err, c.reads)
		}
	}
}
