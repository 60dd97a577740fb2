package postgres_test

import (
	"errors"
	"testing"

	"github.com/go-asyncz/asyncz/store"
)

func TestEachOperationIsOneRoundTrip(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	p, at := through(t, at)
	s := open(t, with(with(at, "pool_size", "1"), "max_overflow", "0"))
	fill(t, s, 5000)
	q := store.DueQuery{At: noon.AddDate(1, 0, 0), Executors: []string{"default"}, Limit: 1000}
	rev, round := map[string]uint64{}, 0
	const together = "Batch of 1000, in two parts at the same time"
	batch := func(n, from int) error {
		ws := adds(10_000+from+2000*round, n)
		for i := range 50 {
			i += from + 100*round
			ws = append(ws, store.Write{Op: store.OpDelete, Record: store.Record{ID: id(i)}},
				store.Write{Op: store.OpUpdate, Record: store.Record{ID: id(i + 50), Rev: 1}})
		}
		_, err := s.Batch(bg, ws)
		return err
	}
	for _, c := range []struct {
		name string
		do   func() error
	}{
		{"Add", func() error { return s.Add(bg, store.Record{ID: "new-" + id(round), Due: noon}) }},
		{"Add of what is there", func() error {
			if err := s.Add(bg, store.Record{ID: id(1)}); !errors.Is(err, store.ErrExists) {
				return errors.New("added twice")
			}
			return nil
		}},
		{"Get", func() error { r, err := s.Get(bg, id(4000)); rev[r.ID] = r.Rev; return err }},
		{"Update", func() error {
			return s.Update(bg, store.Record{ID: id(4001), Due: noon, Rev: uint64(round + 1)})
		}},
		{"Update of another revision", func() error {
			if err := s.Update(bg, store.Record{ID: id(4000), Rev: 99}); !errors.Is(err, store.ErrConflict) {
				return errors.New("updated")
			}
			return nil
		}},
		{"Delete", func() error { return s.Delete(bg, id(4100+round), 0) }},
		{"Claim of 1000", func() error {
			got, err := s.Claim(bg, q, noon.AddDate(2, 0, 0))
			if err == nil && len(got) != 1000 && round < 3 {
				t.Errorf("claimed %d records", len(got))
			}
			return err
		}},
		{"Due", func() error { _, err := s.Due(bg, q); return err }},
		{"NextDue", func() error { _, err := s.NextDue(bg, q.Executors); return err }},
		{"NextDue of all", func() error { _, err := s.NextDue(bg, nil); return err }},
		{"Batch of 190", func() error { return batch(90, 0) }},
		{together, func() error { return batch(900, 1000) }},
		{"Now", func() error { _, err := s.(store.Clock).Now(bg); return err }},
		{"Beat", func() error { return s.Beat(bg, store.Member{Node: "n"}) }},
		{"AppendRuns", func() error {
			return s.AppendRuns(bg, []store.RunEntry{{Task: "a", Fire: noon, Ended: noon}, {Task: "b", Fire: noon, Ended: noon}})
		}},
		{"TrimRuns", func() error { _, err := s.TrimRuns(bg, "", noon, 10); return err }},
	} {
		least := int64(99)
		for round = range 8 {
			before := p.asked.Load()
			must(t, c.do())
			// the driver prepares a statement at its first use, and looks whether a
			// connection lives that was idle for more than a second
			least = min(least, p.asked.Load()-before)
		}
		want := int64(1)
		if c.name == together {
			want = 2
		}
		if least != want {
			t.Errorf("%s takes %d round trips, want %d", c.name, least, want)
		}
	}
}
