package memstore

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// Beat implements [store.Members].
func (s *Store) Beat(ctx context.Context, m store.Member) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	m.Seen, m.Data = cut(time.Now()), slices.Clone(m.Data)
	s.members[m.Node] = m
	return nil
}

// Leave implements [store.Members].
func (s *Store) Leave(ctx context.Context, node string) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	delete(s.members, node)
	return nil
}

// Members implements [store.Members].
func (s *Store) Members(ctx context.Context) ([]store.Member, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	members := make([]store.Member, 0, len(s.members))
	for _, node := range slices.Sorted(maps.Keys(s.members)) {
		m := s.members[node]
		m.Data = slices.Clone(m.Data)
		members = append(members, m)
	}
	return members, nil
}
