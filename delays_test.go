package asyncz_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/executor"
)

func TestMiddlewareCanTellHowLateARunIsAndHowLongItQueued(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var mu sync.Mutex
		var got []string
		s := open(t,
			asyncz.WithExecutor("pool", executor.NewPool(1, 10)),
			asyncz.WithMiddleware(func(next asyncz.Handler) asyncz.Handler {
				return func(ctx context.Context) (any, error) {
					late, waited, ok := asyncz.Delays(ctx)
					mu.Lock()
					got = append(got, fmt.Sprint(late, waited, ok))
					mu.Unlock()
					return next(ctx)
				}
			}))
		for range 2 { // they are due now, begin ten seconds later, and one after the other
			_, err := s.Add(t.Context(), asyncz.Do(func(context.Context) error {
				time.Sleep(time.Minute)
				return nil
			}), now(), asyncz.OnExecutor("pool"))
			must(t, err)
		}
		time.Sleep(10 * time.Second)
		must(t, s.Start(t.Context()))
		time.Sleep(5 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		if want := "[10s 0s true 1m10s 1m0s true]"; fmt.Sprint(got) != want {
			t.Errorf("got %v, want %v", got, want)
		}
		if _, _, ok := asyncz.Delays(t.Context()); ok {
			t.Error("outside of a run there is no delay")
		}
	})
}
