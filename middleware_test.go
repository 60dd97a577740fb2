package asyncz_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

// now is when a task is due at once.
func now() trigger.Trigger { return trigger.At(time.Now()) }

func TestMiddlewareIsAroundEachRunTheFirstOutermost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var said []string
		named := func(name string) asyncz.Middleware {
			return func(next asyncz.Handler) asyncz.Handler {
				return func(ctx context.Context) (any, error) {
					run, _ := asyncz.RunFrom(ctx)
					task, _ := asyncz.TaskFrom(ctx)
					said = append(said, name+" "+run.Task+" "+task.Metadata["tenant"])
					v, err := next(context.WithValue(ctx, key{}, name))
					said = append(said, name+" ends")
					return v, err
				}
			}
		}
		s := running(t, asyncz.WithMiddleware(named("a"), named("b")), asyncz.WithMiddleware(named("c")))
		_, err := s.Add(t.Context(), asyncz.Do(func(ctx context.Context) error {
			said = append(said, "runs within "+ctx.Value(key{}).(string))
			return nil
		}), now(), asyncz.ID("t"), asyncz.Metadata(map[string]string{"tenant": "x"}))
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		want := []string{"a t x", "b t x", "c t x", "runs within c", "c ends", "b ends", "a ends"}
		if !slices.Equal(said, want) {
			t.Errorf("%q, want %q", said, want)
		}
	})
}

type key struct{}

// Whatever middleware does, the run ends in one outcome.
func TestMiddlewareThatFailsAnAttemptFailsTheRun(t *testing.T) {
	for name, m := range map[string]asyncz.Middleware{
		"an error without the run": func(asyncz.Handler) asyncz.Handler {
			return func(context.Context) (any, error) { return nil, errors.New("no") }
		},
		"an error after the run": func(next asyncz.Handler) asyncz.Handler {
			return func(ctx context.Context) (any, error) { _, _ = next(ctx); return nil, errors.New("no") }
		},
		"a panic": func(asyncz.Handler) asyncz.Handler {
			return func(context.Context) (any, error) { panic("no") }
		},
		"another context": func(next asyncz.Handler) asyncz.Handler {
			return func(context.Context) (any, error) { return next(context.Background()) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := running(t, asyncz.WithMiddleware(m))
				ended := outcomes(s)
				_, err := s.Add(t.Context(), asyncz.Do(func(context.Context) error { return nil }), now())
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if got := tally(ended()); got[asyncz.Failed] != 1 || len(got) != 1 {
					t.Errorf("%v", got)
				}
			})
		})
	}
}

func TestStoreCallsAreTold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		calls := map[string]int{}
		conflicts := 0
		shared := newClaiming()
		s := running(t, asyncz.WithStore("default", shared, asyncz.KeepOpen()), asyncz.WithFunctions(newDiary().functions()),
			asyncz.WithStoreObserver(func(c asyncz.StoreCall) {
				if c.Store != "default" || c.Err != nil || c.Took < 0 {
					t.Errorf("%+v", c)
				}
				calls[c.Op] += c.Items
				conflicts += c.Conflicts
			}))
		_, _ = s.Add(t.Context(), call("f"), trigger.MustEvery(time.Second), asyncz.ID("a"))
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		if calls["add"] != 1 || calls["batch"] != 4 || calls["due"] != 2 || conflicts != 0 {
			t.Errorf("%v with %d conflicts; want 1 add, 2 records due and 4 written", calls, conflicts)
		}
	})
}
