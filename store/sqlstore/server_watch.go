package sqlstore

import (
	"context"

	"github.com/go-asyncz/asyncz/store"
)

// A watched store is a server's that tells what others write.
type watched struct{ *server }

var _ store.Watcher = (*watched)(nil)

// Watch calls wake when another handle may have made something due earlier. It
// keeps a connection of its own, beside the pool.
func (s *watched) Watch(ctx context.Context, wake func()) error {
	// Close does not wait for it: it tells the watch to end
	if err := s.enter(ctx); err != nil {
		return err
	}
	s.leave()
	until, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-s.over:
			cancel()
		case <-until.Done():
		}
	}()
	err := s.listen(until, wake)
	select {
	case <-s.over:
		return store.ErrClosed
	default:
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.pool.explain(err, s.pool.trouble(err))
}

func (s *watched) listen(ctx context.Context, wake func()) error {
	db := s.pool.db
	if s.pool.listener != nil {
		db = s.pool.listener
	}
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	// what it has asked of the server must not stay with a connection that others use
	defer discard(c)
	return s.d.(listener).listen(ctx, c, wake)
}
