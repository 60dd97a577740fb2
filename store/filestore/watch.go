package filestore

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// watchInterval is how often a watcher looks whether the log of changes has
// grown: one question to the operating system, a microsecond or two.
const watchInterval = 20 * time.Millisecond

// Watch implements [store.Watcher]. What a handle of this process does wakes at
// once, what another process does within a fiftieth of a second.
func (s *Store) Watch(ctx context.Context, wake func()) error {
	bell := s.lock.gate.bells.hang(s)
	defer s.lock.gate.bells.remove(bell)
	look := time.NewTicker(watchInterval)
	defer look.Stop()
	for {
		select {
		case <-s.lock.closed:
			return store.ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		case <-bell:
			wake()
		case <-look.C:
			if err := s.listen(ctx); err != nil {
				return err
			}
		}
	}
}

// listen catches up when the log has moved, which rings the bell when something
// is due earlier than it was.
func (s *Store) listen(ctx context.Context) error {
	info, err := os.Stat(s.log.path)
	if err == nil && info.Size() == s.seen.Load() {
		return nil
	}
	return s.locked(ctx, func() error { return nil })
}

// A bell is rung for one watcher; rings that it has not heard yet are one.
type bell chan struct{}

// bells are those of all watchers of a directory in this process.
type bells struct {
	sync.Mutex
	of map[bell]*Store
}

func (b *bells) hang(s *Store) bell {
	b.Lock()
	defer b.Unlock()
	if b.of == nil {
		b.of = map[bell]*Store{}
	}
	one := make(bell, 1)
	b.of[one] = s
	return one
}

func (b *bells) remove(one bell) {
	b.Lock()
	defer b.Unlock()
	delete(b.of, one)
}

// ring rings for the watchers of the handles that are meant.
func (b *bells) ring(meant func(s *Store) bool) {
	b.Lock()
	defer b.Unlock()
	for one, s := range b.of {
		if !meant(s) {
			continue
		}
		select {
		case one <- struct{}{}:
		default:
		}
	}
}
