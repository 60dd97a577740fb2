package asyncz

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-asyncz/asyncz/store"
)

// CountTasks returns how many tasks a store has, those that can't be read
// included. It looks at each record but decodes none.
func (s *Scheduler) CountTasks(ctx context.Context, alias string) (n int, err error) {
	p, err := s.partOf(alias)
	if err != nil {
		return 0, err
	}
	for _, err := range p.store.All(ctx) {
		if err != nil && !errors.Is(err, store.ErrCorrupt) {
			return n, fmt.Errorf("store %q: %w", alias, err)
		}
		n++
	}
	return n, nil
}
