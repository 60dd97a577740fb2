package memstore_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
)

func TestHistoryKeepsTheLast10000Runs(t *testing.T) {
	t.Parallel()
	s := memstore.New()
	var rows []store.RunEntry
	for i := range 10_005 {
		rows = append(rows, store.RunEntry{Task: fmt.Sprint(i), Ended: start.Add(time.Duration(i) * time.Second)})
	}
	must(t, s.AppendRuns(t.Context(), rows))
	n, last := 0, ""
	for e, err := range s.Runs(t.Context(), store.RunQuery{}) {
		must(t, err)
		n, last = n+1, e.Task
	}
	if n != 10_000 || last != "5" {
		t.Errorf("%d rows are left, the first to end is %q; want 10000 and \"5\"", n, last)
	}
}

func TestMembersAreSeenByTheClockOfTheProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		must(t, s.Beat(t.Context(), store.Member{Node: "a"}))
		first := time.Now()
		time.Sleep(time.Minute)
		must(t, s.Beat(t.Context(), store.Member{Node: "b"}))
		list, err := s.Members(t.Context())
		must(t, err)
		if !list[0].Seen.Equal(first) || !list[1].Seen.Equal(first.Add(time.Minute)) {
			t.Errorf("the members were seen at %v and %v, want %v and a minute later", list[0].Seen, list[1].Seen, first)
		}
	})
}

func TestClearAndCloseInTheMiddleOfAWalk(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(s *memstore.Store) error{
		"clear": func(s *memstore.Store) error { return s.Clear(t.Context()) },
		"close": func(s *memstore.Store) error { return s.Close() },
	} {
		s := memstore.New()
		for _, id := range names(2000) {
			must(t, s.Add(t.Context(), store.Record{ID: id, Due: start}))
		}
		n := 0
		for _, err := range s.All(t.Context()) {
			if err != nil && !errors.Is(err, store.ErrClosed) {
				t.Errorf("%s: %v", name, err)
			}
			if n++; n == 1 {
				must(t, end(s))
			}
		}
		if n == 2000 {
			t.Errorf("%s: the walk yielded all of the records that are gone", name)
		}
	}
}

func TestTypeAndURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"memory:", "memory://"} {
		config, err := store.ConfigFromURL(url)
		must(t, err)
		s, err := store.Open(t.Context(), config)
		must(t, err)
		if _, ok := s.(*memstore.Store); !ok {
			t.Errorf("%s opened a %T", url, s)
		}
	}
	for _, url := range []string{"memory:x", "memory://host", "memory:?size=1"} {
		if _, err := store.ConfigFromURL(url); !errors.Is(err, store.ErrConfig) {
			t.Errorf("%s: got error %v, want an ErrConfig", url, err)
		}
	}
	if _, err := store.Open(t.Context(), map[string]any{"type": "memory", "size": 1}); !errors.Is(err, store.ErrConfig) {
		t.Errorf("an unknown key: got error %v, want an ErrConfig", err)
	}
}

func TestBatchRefusesAnUnknownOperation(t *testing.T) {
	t.Parallel()
	results, err := memstore.New().Batch(t.Context(), []store.Write{{Record: store.Record{ID: "a"}}})
	must(t, err)
	if !errors.Is(results[0], store.ErrInvalid) {
		t.Errorf("got error %v, want an ErrInvalid", results[0])
	}
}
