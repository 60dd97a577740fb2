package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/tmaxmax/go-sse"
)

// An EventFilter says which events [Client.Events] yields. Empty fields don't restrict.
type EventFilter struct {
	Kinds []string // such as "run_ended"
	Task  string
}

const (
	maxEvent     = 8 << 20 // bytes; the value that a run returned is in its event
	reconnects   = 5       // tries in a row after a connection has broken off
	firstBackoff = 500 * time.Millisecond
)

// errEnd: the server has said that no more events come.
var errEnd = errors.New("end of events")

// Events yields what happens on the server from now on, until ctx ends or the
// server stops. When the connection breaks off, it is made anew a few times, and
// what happened meanwhile is yielded too, as far as the server still has it; else
// an [asyncz.EventsLost] stands for it. The last thing yielded may be an error.
//
// The events are those that the scheduler of the server sees: of runs, those that
// it carries out. Errors in them are texts. One of a kind that this client does
// not know is an [UnknownEvent].
func (c *Client) Events(ctx context.Context, f EventFilter) iter.Seq2[asyncz.Event, error] {
	return func(yield func(asyncz.Event, error) bool) {
		s := stream{c: c, filter: f}
		for failed := 0; ; {
			stopped, err := s.follow(ctx, func(e asyncz.Event) bool { failed = 0; return yield(e, nil) })
			var refused *Problem
			switch {
			case stopped, ctx.Err() != nil, errors.Is(err, errEnd):
				return
			case failed == reconnects, !s.opened, errors.As(err, &refused):
				yield(nil, err)
				return
			}
			select {
			case <-time.After(firstBackoff << failed):
			case <-ctx.Done():
				return
			}
			failed++
		}
	}
}

// A stream is the events of a server over several connections.
type stream struct {
	c      *Client
	filter EventFilter
	opened bool   // once at least
	last   string // the id of the last event
}

// follow makes a connection and hands on its events, until it ends, which is an
// error, or nobody wants more.
func (s *stream) follow(ctx context.Context, hand func(asyncz.Event) bool) (stopped bool, err error) {
	resp, err := s.connect(ctx)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	s.opened = true
	for m, err := range sse.Read(resp.Body, &sse.ReadConfig{MaxEventSize: maxEvent}) {
		if err != nil {
			return false, fmt.Errorf("server %s: the events broke off: %w", s.c.base.Host, err)
		}
		s.last = m.LastEventID
		switch m.Type {
		case "open": // only tells from where on there are events
			continue
		case "end":
			return false, errEnd
		}
		e, err := decodeEvent(m.Type, []byte(m.Data))
		if err != nil {
			return false, fmt.Errorf("server %s: event %s: %w", s.c.base.Host, m.Type, err)
		}
		if !hand(e) {
			return true, nil
		}
	}
	return false, fmt.Errorf("server %s: the events broke off: %w", s.c.base.Host, io.ErrUnexpectedEOF)
}

func (s *stream) connect(ctx context.Context) (*http.Response, error) {
	q, h := query{"kind": s.filter.Kinds}, http.Header{}
	q.text("task", s.filter.Task)
	if s.last != "" {
		h.Set("Last-Event-ID", s.last)
	}
	resp, err := s.c.send(ctx, call{method: http.MethodGet, path: []string{"events"}, query: url.Values(q), header: h}, "text/event-stream")
	if err != nil || resp.StatusCode == http.StatusOK {
		return resp, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	return nil, s.c.problem(resp, body)
}
