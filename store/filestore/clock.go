package filestore

import (
	"context"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// Now implements [store.Clock] with the clock of the host, because all processes
// that share a directory are on one host and so share its clock. A scheduler
// then goes by the store's clock here as it does elsewhere: when the host's clock
// is set, all its nodes notice the same.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	select {
	case <-s.lock.closed:
		return time.Time{}, store.ErrClosed
	default:
		return time.Now(), ctx.Err()
	}
}
