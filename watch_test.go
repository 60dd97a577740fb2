package asyncz_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
)

// deaf is a store that can't be watched and doesn't tell its time, after the start.
type deaf struct {
	store.Store
	asked bool
}

func (d *deaf) Watch(context.Context, func()) error { return errDown }

func (d *deaf) Now(context.Context) (time.Time, error) {
	if d.asked {
		return time.Time{}, errDown
	}
	d.asked = true
	return time.Now(), nil
}

func TestAnOutageIsNotToldAgainAndAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var mu sync.Mutex
		var log bytes.Buffer
		running(t, onBytes(&deaf{Store: newBytes()}), asyncz.WithLogger(slog.New(slog.NewTextHandler(locked{&mu, &log}, nil))))
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		for _, words := range []string{"can't be watched", "doesn't tell its time"} {
			if n := strings.Count(log.String(), words); n != 1 {
				t.Errorf("%q was told %d times", words, n)
			}
		}
	})
}

type locked struct {
	*sync.Mutex
	b *bytes.Buffer
}

func (l locked) Write(p []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.b.Write(p)
}
