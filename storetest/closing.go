package storetest

import (
	"errors"
	"fmt"

	"github.com/go-asyncz/asyncz/store"
)

var closeCases = []testCase{
	{name: "Close/RefusesLaterCalls", prove: closeRefuses,
		promise: "after Close every method returns ErrClosed."},
	{name: "Close/TwiceIsFine", prove: closeTwice,
		promise: "a second Close does nothing."},
	{name: "Close/WhileInUse", prove: closeInUse,
		promise: "a call that Close overtakes ends as it would have, or with ErrClosed."},
}

func closeRefuses(t *T) {
	s := t.openUnclosed()
	t.add(s, rec("a"))
	t.check(s.Close(), "Close")
	for _, c := range calls(s) {
		t.fails(c.do(t.ctx), store.ErrClosed, "%s after Close", c.name)
	}
}

func closeTwice(t *T) {
	s := t.openUnclosed()
	t.add(s, rec("a"))
	for range 3 {
		t.check(s.Close(), "Close")
	}
}

func closeInUse(t *T) {
	s := t.openUnclosed()
	t.race([]store.Store{s}, func(i int, s store.Store) error {
		if i == t.h.Writers/2 {
			return s.Close()
		}
		for n := range 20 {
			r := rec(fmt.Sprintf("task-%d-%d", i, n))
			err := s.Add(t.ctx, r)
			if err == nil {
				_, err = s.Due(t.ctx, store.DueQuery{At: noon, Limit: 3})
			}
			if err == nil {
				_, err = collect(s.All(t.ctx))
			}
			switch {
			case errors.Is(err, store.ErrClosed):
				return nil
			case err != nil:
				return fmt.Errorf("while the store is being closed: got error %w, want nil or %w", err, store.ErrClosed)
			}
		}
		return nil
	})
	t.check(s.Close(), "Close")
	_, err := s.Get(t.ctx, "a")
	t.fails(err, store.ErrClosed, "Get after Close")
}
