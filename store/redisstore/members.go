package redisstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-asyncz/asyncz/store"
	"github.com/redis/rueidis"
)

// Beat writes the node's row with the time of the server.
func (s *Store) Beat(ctx context.Context, m store.Member) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	result := s.do(ctx, false, func() rueidis.RedisResult {
		return beatScript.lua.Exec(ctx, s.link.get(), []string{s.key.nodes}, []string{m.Node, string(m.Data)})
	})
	return s.explain(ctx, result.Error())
}

// Leave removes the node's row.
func (s *Store) Leave(ctx context.Context, node string) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	return s.explain(ctx, s.do(ctx, false, func() rueidis.RedisResult {
		return s.link.get().Do(ctx, s.link.get().B().Hdel().Key(s.key.nodes).Field(node).Build())
	}).Error())
}

// Members returns all rows by node.
func (s *Store) Members(ctx context.Context) ([]store.Member, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	rows, err := s.do(ctx, true, func() rueidis.RedisResult {
		return s.link.get().Do(ctx, s.link.get().B().Hgetall().Key(s.key.nodes).Build())
	}).AsStrMap()
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	members := make([]store.Member, 0, len(rows))
	for node, row := range rows {
		if len(row) < 8 {
			return nil, fmt.Errorf("%w: the row of the node %q in the hash %s", store.ErrCorrupt, node, s.key.nodes)
		}
		members = append(members, store.Member{Node: node, Seen: readMoment([]byte(row[:8])), Data: []byte(row[8:])})
	}
	slices.SortFunc(members, func(a, b store.Member) int { return strings.Compare(a.Node, b.Node) })
	return members, nil
}
