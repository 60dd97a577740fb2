package redisstore

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// A link is a client and, for one that the store has made, how to make another.
type link struct {
	client atomic.Pointer[rueidis.Client]
	option *rueidis.ClientOption // nil: the client is the program's

	renewing atomic.Bool
	group    sync.WaitGroup
}

func (l *link) get() rueidis.Client { return *l.client.Load() }

// grace is how long a client that was replaced stays open, for the calls that it has.
const grace = 2 * time.Second

// renew replaces the client, in the background and once in a while: after a
// fail-over behind a name, a connection may go on leading to the server that was
// the master, and only a new one leads to the one that is. ctx ends it.
func (l *link) renew(ctx context.Context) {
	if l.option == nil || !l.renewing.CompareAndSwap(false, true) {
		return
	}
	l.group.Go(func() {
		defer l.renewing.Store(false)
		fresh, err := dial(ctx, *l.option)
		if err != nil {
			return // the next call that is refused tries again
		}
		old := l.client.Swap(&fresh)
		select {
		case <-time.After(grace):
		case <-ctx.Done():
		}
		(*old).Close()
	})
}

// close ends what renews, and the client if it is the store's own. Nobody may be
// using it.
func (l *link) close() {
	l.group.Wait()
	if l.option != nil {
		l.get().Close()
	}
}
