package filestore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

func TestDueMergesExecutorsInOrder(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	for _, r := range []struct {
		id, executor string
		due          time.Time
	}{
		{"e", "x", noon.Add(2 * time.Second)}, {"a", "x", noon.Add(time.Second)}, {"c", "y", noon.Add(time.Second)},
		{"b", "z", noon.Add(time.Second)}, {"d", "y", noon}, {"late", "x", noon.Add(time.Hour)}, {"paused", "x", time.Time{}},
	} {
		add(t, s, store.Record{ID: r.id, Executor: r.executor, Due: r.due})
	}
	for _, c := range []struct {
		executors []string
		limit     int
		want      string
	}{
		{nil, 10, "d a b c e"},
		{nil, 3, "d a b"},
		{nil, 0, ""},
		{[]string{}, 10, ""},
		{[]string{"x"}, 10, "a e"},
		{[]string{"y", "x"}, 10, "d a c e"},
		{[]string{"x", "y", "x", "y"}, 10, "d a c e"},
		{[]string{"x", "none"}, 1, "a"},
	} {
		due, err := s.Due(t.Context(), store.DueQuery{At: noon.Add(time.Minute), Executors: c.executors, Limit: c.limit})
		must(t, err)
		var ids []string
		for _, r := range due {
			ids = append(ids, r.ID)
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("executors %q, limit %d: got %q, want %q", c.executors, c.limit, got, c.want)
		}
	}
}

// The heap keeps its order while entries leave from its middle.
func TestDueStaysInOrderWhileTasksComeAndGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	many(t, dir, 60)
	s := open(t, dir)
	var want []string
	for i := range 60 {
		id := fmt.Sprintf("task-%06d", i)
		switch i % 3 {
		case 0:
			must(t, s.Delete(t.Context(), id, 0))
		case 1:
			must(t, s.Update(t.Context(), store.Record{ID: id, Rev: 1, Executor: "default", Due: noon.Add(time.Duration(i)*time.Second - time.Hour)}))
		}
	}
	for _, rest := range []int{1, 2} {
		for i := rest; i < 60; i += 3 {
			want = append(want, fmt.Sprintf("task-%06d", i))
		}
	}
	due, err := s.Due(t.Context(), store.DueQuery{At: noon.Add(time.Hour), Limit: 100})
	must(t, err)
	var got []string
	for _, r := range due {
		got = append(got, r.ID)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
