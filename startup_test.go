package asyncz_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/trigger"
)

// doors are what the driver "door" opens by name.
var doors sync.Map

func init() {
	store.Register(store.Driver{
		Open: func(ctx context.Context, config map[string]any) (store.Store, error) {
			door, _ := doors.Load(config["name"])
			return door.(func(context.Context) (store.Store, error))(ctx)
		},
		FromURL: func(string) (map[string]any, error) { return nil, errors.New("there is no URL of a door") },
	}, "door")
}

// door is a store whose opening is this function.
func door(name string, open func(ctx context.Context) (store.Store, error)) asyncz.Option {
	doors.Store(name, open)
	return asyncz.WithStoreConfig("default", map[string]any{"type": "door", "name": name})
}

var errAway = fmt.Errorf("db.example:5432: connection refused: %w", store.ErrUnreachable)

func logTo(b *bytes.Buffer) asyncz.Option {
	return asyncz.WithLogger(slog.New(slog.NewTextHandler(b, nil)))
}

func TestNewWaitsForAServerThatStarts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		began := time.Now()
		tries := 0
		var log bytes.Buffer
		open(t, logTo(&log), asyncz.WithStartupWait(30*time.Second), door(t.Name(), func(context.Context) (store.Store, error) {
			tries++
			if time.Since(began) < 20*time.Second {
				return nil, errAway
			}
			return memstore.New(), nil
		}))
		if took := time.Since(began); took < 20*time.Second || took > 22*time.Second || tries > 20 {
			t.Errorf("it took %v and %d tries", took, tries)
		}
		if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "db.example:5432") {
			t.Errorf("the log is:\n%s", got)
		}
	})
}

// A driver that gives up a try by itself wraps the error of a context of its own.
func TestNewWaitsOnAfterATryThatTookTooLong(t *testing.T) {
	bubble(t, func(t *testing.T) {
		began := time.Now()
		open(t, asyncz.WithLogger(slog.New(slog.DiscardHandler)), asyncz.WithStartupWait(time.Minute), door(t.Name(), func(context.Context) (store.Store, error) {
			if time.Since(began) > 20*time.Second {
				return memstore.New(), nil
			}
			time.Sleep(5 * time.Second)
			return nil, fmt.Errorf("%w: %w", errAway, context.DeadlineExceeded)
		}))
		if took := time.Since(began); took < 20*time.Second || took > 30*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestNewGivesUpWhenTheWaitIsOver(t *testing.T) {
	for name, do := range map[string]func(context.Context) error{
		"refused": func(context.Context) error { return errAway },
		"without an answer": func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(2 * time.Second):
				return errAway
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				began := time.Now()
				_, err := asyncz.New(t.Context(), asyncz.WithLogger(slog.New(slog.DiscardHandler)), asyncz.WithStartupWait(5*time.Second),
					door(t.Name(), func(ctx context.Context) (store.Store, error) { return nil, do(ctx) }))
				if took := time.Since(began); !errors.Is(err, store.ErrUnreachable) || !strings.Contains(err.Error(), "db.example:5432") || took > 5*time.Second || took < 3*time.Second {
					t.Errorf("after %v: %v", took, err)
				}
			})
		})
	}
}

func TestNewDoesNotWait(t *testing.T) {
	denied := errors.New("wrong password")
	for name, c := range map[string]struct {
		wait time.Duration
		err  error
	}{"without being asked": {0, errAway}, "for what waiting can't help": {time.Minute, denied}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				began := time.Now()
				_, err := asyncz.New(t.Context(), asyncz.WithStartupWait(c.wait), door(t.Name(), func(context.Context) (store.Store, error) { return nil, c.err }))
				if !errors.Is(err, c.err) || time.Since(began) != 0 {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
			})
		})
	}
	t.Run("longer than its context", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			began := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			_, err := asyncz.New(ctx, asyncz.WithLogger(slog.New(slog.DiscardHandler)), asyncz.WithStartupWait(time.Minute),
				door(t.Name(), func(context.Context) (store.Store, error) { return nil, errAway }))
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 3*time.Second {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		})
	})
}

// away is a store that was passed in, and whose server can't be reached at first.
type away struct {
	bytesStore
	until time.Time
}

func TestNewWaitsForTheServerOfAStoreThatWasPassedIn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		began := time.Now()
		open(t, asyncz.WithStartupWait(10*time.Second), onBytes(&away{newBytes(), began.Add(5 * time.Second)}))
		if took := time.Since(began); took < 5*time.Second || took > 7*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func (a *away) All(ctx context.Context) iter.Seq2[store.Record, error] {
	if time.Now().Before(a.until) {
		return func(yield func(store.Record, error) bool) { yield(store.Record{}, errAway) }
	}
	return a.bytesStore.All(ctx)
}

// moody is a store whose clock fails when it is told to.
type moody struct {
	*listing
	fails atomic.Bool
}

func (m *moody) Now(ctx context.Context) (time.Time, error) {
	if m.fails.Load() {
		return time.Time{}, fmt.Errorf("%w: %w", store.ErrUnreachable, errDown)
	}
	return m.listing.Now(ctx)
}

func TestAStartThatFailsHasBegunNothingAndMayBeRepeated(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		other := &moody{listing: newListing()}
		s := open(t, onBytes(newListing()), asyncz.WithStore("other", other, asyncz.KeepOpen()), asyncz.WithFunctions(d.functions()))
		_, _ = s.Add(t.Context(), call("f"), trigger.At(time.Now().Add(5*time.Second)), asyncz.ID("a"))
		other.fails.Store(true)
		if err := s.Start(t.Context()); !errors.Is(err, errDown) {
			t.Fatalf("the start ended with %v", err)
		}
		time.Sleep(10 * time.Second)
		if got := d.times("f"); len(got) > 0 {
			t.Errorf("ran at %v, before the start", got)
		}
		other.fails.Store(false)
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if got := d.times("f"); len(got) != 1 {
			t.Errorf("ran at %v, want once, after the start", got)
		}
	})
}

func TestAStartWaitsForAServerToo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		st := &moody{listing: newListing()}
		st.fails.Store(true)
		s := open(t, onBytes(st), asyncz.WithFunctions(d.functions()), asyncz.WithStartupWait(30*time.Second))
		go func() {
			time.Sleep(20 * time.Second)
			st.fails.Store(false)
		}()
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(d.began); waited < 20*time.Second || waited > 25*time.Second {
			t.Errorf("it waited %v for a server that was back after 20 s", waited)
		}
	})
}
