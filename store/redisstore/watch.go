package redisstore

import (
	"context"
	"errors"

	"github.com/go-asyncz/asyncz/store"
	"github.com/redis/rueidis"
)

// Watch listens on the channel named by the key of the tasks and ":wake", to
// which a write publishes in the same step when it sets a due time that is not
// after all others of its label. It wakes at its start too, for what it has
// missed. A client that was given to [New] and repeats its reads makes it go on
// over broken connections; otherwise it ends with the reason.
func (s *Store) Watch(ctx context.Context, wake func()) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	client := s.link.get()
	s.leave() // Close ends it by way of s.ended

	listening, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(s.ended, stop)()

	hints := make(chan struct{}, 1)
	hint := func() {
		select {
		case hints <- struct{}{}:
		default: // one is waiting, which does for both
		}
	}
	ended := make(chan error, 1)
	go func() {
		with := rueidis.WithOnSubscriptionHook(listening, func(rueidis.PubSubSubscription) { hint() })
		ended <- client.Receive(with, client.B().Subscribe().Channel(s.key.channel).Build(), func(rueidis.PubSubMessage) { hint() })
	}()
	for {
		select {
		case <-hints:
			wake()
		case err := <-ended:
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case s.ended.Err() != nil:
				return store.ErrClosed
			case err == nil:
				return errUnsubscribed
			}
			return s.explain(ctx, err)
		}
	}
}

var errUnsubscribed = errors.New("the server has ended the subscription")
