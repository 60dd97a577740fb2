package redisstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/redis/rueidis"
)

func TestOnlyWhatWasNotDoneIsRepeated(t *testing.T) {
	t.Parallel()
	givenUp := &net.OpError{Op: "dial", Err: fmt.Errorf("by another call: %w", context.Canceled)}
	refused := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	for _, c := range []struct {
		name  string
		err   error
		reads bool
		calls int
	}{
		{"a connection that another call gave up, before a write", givenUp, false, 8},
		{"a connection that another call gave up as it began to talk", context.Canceled, false, 8},
		{"a connection that had ended, before a read", io.EOF, true, 8},
		{"a connection that had ended, before a write", io.EOF, false, 1},
		{"a server that is away", refused, true, 1},
		{"an answer that did not come", context.DeadlineExceeded, true, 1},
	} {
		calls := 0
		var s Store
		result := s.do(t.Context(), c.reads, func() rueidis.RedisResult {
			calls++
			return rueidis.NewErrorResult(c.err)
		})
		if !errors.Is(result.Error(), c.err) || calls != c.calls {
			t.Errorf("%s: it was called %d times and returned %v, want %d times", c.name, calls, result.Error(), c.calls)
		}
		calls = 0
		ended, cancel := context.WithCancel(t.Context())
		s.do(ended, true, func() rueidis.RedisResult { calls++; cancel(); return rueidis.NewErrorResult(givenUp) })
		if calls != 1 {
			t.Errorf("after its own context had ended it was called %d times", calls)
		}
	}
}
