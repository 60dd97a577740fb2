package redisstore

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/redis/rueidis"
)

// A Store keeps records in a Redis server. Its methods may be called from any
// number of goroutines.
type Store struct {
	link  link
	where string // names the server in messages
	key   keys

	// ended is done once the store is closed, and ends what waits.
	ended context.Context
	end   context.CancelFunc

	// use is held for reading by each call and for writing by Close, which so
	// lets the calls end that have begun.
	use    sync.RWMutex
	closed bool
}

// keys are the keys that a store uses. Those that are derived share the hash tag
// of the first, and so its slot.
type keys struct {
	tasks, times string   // the two of the specification
	records      []string // both
	runs         string   // the history of runs; of the others see history
	nodes        string
	channel      string
}

func newKeys(tasks, times string) keys {
	return keys{
		tasks: tasks, times: times, records: []string{tasks, times},
		runs: tasks + ":history", nodes: tasks + ":nodes", channel: tasks + ":wake",
	}
}

// history returns the key of a history.
func (k *keys) history(log string) []string {
	if log == "" {
		return []string{k.runs}
	}
	return []string{k.runs + ":" + log}
}

// Namespace is "redis/" and the key of the tasks.
func (s *Store) Namespace() string { return "redis/" + s.key.tasks }

// Close closes the connections, after the calls that are under way. A client
// that was given to [New] stays open.
func (s *Store) Close() error {
	s.end()
	s.use.Lock()
	defer s.use.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.link.close()
	return nil
}

// enter begins a call; unless it fails, leave ends it.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.use.RLock()
	if s.closed {
		s.use.RUnlock()
		return store.ErrClosed
	}
	return nil
}

func (s *Store) leave() { s.use.RUnlock() }

// Get returns the record with this id.
func (s *Store) Get(ctx context.Context, id string) (r store.Record, err error) {
	if err := s.enter(ctx); err != nil {
		return r, err
	}
	defer s.leave()
	result := s.do(ctx, true, func() rueidis.RedisResult {
		return s.link.get().Do(ctx, s.link.get().B().Hget().Key(s.key.tasks).Field(id).Build())
	})
	value, err := result.AsBytes()
	if rueidis.IsRedisNil(err) {
		return r, fmt.Errorf("%w: %q", store.ErrNotFound, id)
	}
	if err != nil {
		return r, s.explain(ctx, err)
	}
	return decode(id, value)
}

// Clear removes all records, and leaves the run history and the nodes.
func (s *Store) Clear(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	// UNLINK frees the memory beside the server's work, DEL would stop it.
	return s.explain(ctx, s.do(ctx, false, func() rueidis.RedisResult {
		return s.link.get().Do(ctx, s.link.get().B().Unlink().Key(s.key.records...).Build())
	}).Error())
}

// Now returns the time of the server that keeps the records.
func (s *Store) Now(ctx context.Context) (t time.Time, err error) {
	if err := s.enter(ctx); err != nil {
		return t, err
	}
	defer s.leave()
	answer, err := s.run(ctx, timeScript, s.key.records[:1])
	if err != nil {
		return t, err
	}
	if len(answer) != 2 {
		return t, errAnswer
	}
	seconds, err := answer[0].AsInt64()
	if err != nil {
		return t, err
	}
	micros, err := answer[1].AsInt64()
	return time.Unix(seconds, micros*1000).UTC(), err
}
