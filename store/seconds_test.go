package store_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

func TestSpansOfTimeAreReadAsNumbersAndWithUnits(t *testing.T) {
	t.Parallel()
	for given, want := range map[any]time.Duration{1.5: 1500 * time.Millisecond, "1.5": 1500 * time.Millisecond, "1500ms": 1500 * time.Millisecond, 30: 30 * time.Second, -1: -time.Second} {
		var c struct {
			Wait store.Seconds `config:"wait"`
		}
		err := store.Decode(map[string]any{"wait": given}, &c)
		if got := c.Wait.Duration(); err != nil || got != want {
			t.Errorf("%v: %v, %v; want %v", given, got, err, want)
		}
	}
	var c struct {
		Wait store.Seconds `config:"wait"`
	}
	for _, given := range []any{"soon", 1e10, -1e10, "1e10", "1e999", math.NaN(), "nan", 20_000_000_000} {
		if err := store.Decode(map[string]any{"wait": given}, &c); !errors.Is(err, store.ErrConfig) || !strings.Contains(err.Error(), "wait") {
			t.Errorf("%v: %v", given, err)
		}
	}
}
