package memstore

import (
	"context"
	"fmt"

	"github.com/go-asyncz/asyncz/store"
)

// Batch implements [store.Batcher].
func (s *Store) Batch(ctx context.Context, writes []store.Write) ([]error, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	results := make([]error, len(writes))
	for i := range writes {
		results[i] = s.write(&writes[i])
	}
	return results, nil
}

func (s *Store) write(w *store.Write) error {
	switch w.Op {
	case store.OpAdd:
		return s.add(&w.Record)
	case store.OpUpdate:
		return s.update(&w.Record)
	case store.OpDelete:
		return s.delete(w.Record.ID, w.Record.Rev)
	}
	return fmt.Errorf("%w: a write of %q has the unknown operation %d", store.ErrInvalid, w.Record.ID, w.Op)
}
