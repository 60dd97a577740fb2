package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// More labels than one statement takes make no difference.
func TestManyLabelsAreOneOrder(t *testing.T) {
	t.Parallel()
	const n = 150
	s, err := sqlstore.Open(bg, "sqlite://")
	must(t, err)
	defer s.Close()
	var labels, want []string
	var writes []store.Write
	for i := range n {
		label := fmt.Sprintf("label-%03d", (i*37)%n) // the order of the labels is not that of the due times
		labels = append(labels, label)
		for j := range 5 {
			r := store.Record{ID: fmt.Sprintf("%03d-%d", i, j), Due: noon.Add(time.Duration(i) * time.Second), Executor: label}
			writes = append(writes, store.Write{Op: store.OpAdd, Record: r})
			want = append(want, r.ID)
		}
		paused := store.Record{ID: fmt.Sprintf("paused-%03d", i), Executor: label}
		writes = append(writes, store.Write{Op: store.OpAdd, Record: paused})
	}
	batch(t, s, writes)

	for name, asked := range map[string][]string{"all": nil, "each": labels, "each, twice": append(slices.Clone(labels), labels...)} {
		got, err := s.Due(bg, store.DueQuery{At: far, Executors: asked, Limit: 700})
		must(t, err)
		if !slices.Equal(idsOf(got), want[:700]) {
			t.Errorf("Due of %s labels is not in order", name)
		}
		next, err := s.NextDue(bg, asked)
		must(t, err)
		if !next.Equal(noon) {
			t.Errorf("NextDue of %s labels is %v, want %v", name, next, noon)
		}
	}
	var walked []string
	for r, err := range s.All(bg) {
		must(t, err)
		walked = append(walked, r.ID)
	}
	if len(walked) != 6*n || !slices.Equal(walked[:5*n], want) || !slices.IsSorted(walked[5*n:]) {
		t.Error("the walk is not in order")
	}
	claimed, err := s.Claim(bg, store.DueQuery{At: far, Limit: 30}, noon.Add(time.Hour))
	must(t, err)
	if !slices.Equal(idsOf(claimed), want[:30]) {
		t.Errorf("claimed %q, want the first 30", idsOf(claimed))
	}
}

func idsOf(records []store.Record) []string {
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	return ids
}

// Goroutines that write single records share transactions, and each gets the
// outcome of its own write.
func TestSingleWritesAtTheSameTimeGetTheirOwnOutcomes(t *testing.T) {
	t.Parallel()
	s, err := open(filepath.Join(t.TempDir(), "x.db"))
	must(t, err)
	defer s.Close()
	must(t, s.Add(bg, store.Record{ID: "taken", Due: noon}))
	cancelled, cancel := context.WithCancel(bg)
	cancel()
	var wg sync.WaitGroup
	for i := range 500 {
		for _, c := range []struct {
			want error
			do   func() error
		}{
			{nil, func() error { return s.Add(bg, store.Record{ID: id(i), Due: noon}) }},
			{store.ErrExists, func() error { return s.Add(bg, store.Record{ID: "taken"}) }},
			{store.ErrInvalid, func() error { return s.Add(bg, store.Record{ID: "\x00"}) }},
			{store.ErrConflict, func() error { return s.Update(bg, store.Record{ID: "taken", Rev: 7}) }},
			{store.ErrNotFound, func() error { return s.Delete(bg, "nobody", 0) }},
			{context.Canceled, func() error { return s.Add(cancelled, store.Record{ID: "cancelled"}) }},
		} {
			wg.Go(func() {
				if err := c.do(); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
			})
		}
	}
	wg.Wait()
	n := 0
	for _, err := range s.All(bg) {
		must(t, err)
		n++
	}
	if n != 501 {
		t.Errorf("%d records, want 501", n)
	}
}
