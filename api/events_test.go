package api_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api"
	"github.com/go-asyncz/asyncz/api/client"
	"github.com/tmaxmax/go-sse"
)

// A tail is a stream of events.
type tail struct {
	t    *testing.T
	body io.ReadCloser
	next func() (sse.Event, bool)
}

// tail follows the events. Its first message, which says nothing, is taken.
func (r *rig) tail(query string, headers ...string) *tail {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, "http://localhost/api/v1/events"+query, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		r.t.Fatalf("the stream begins with %d %v", resp.StatusCode, resp.Header)
	}
	s := &tail{t: r.t, body: resp.Body}
	messages := make(chan sse.Event)
	go func() {
		defer close(messages)
		for m, err := range sse.Read(resp.Body, nil) {
			if err != nil {
				return
			}
			messages <- m
		}
	}()
	s.next = func() (sse.Event, bool) { m, ok := <-messages; return m, ok }
	r.t.Cleanup(func() {
		resp.Body.Close()
		for range messages { // it ends with the body
		}
	})
	if m := s.message(); m.Type != "open" {
		r.t.Fatalf("the first message is %+v", m)
	}
	return s
}

// message is the next one.
func (s *tail) message() sse.Event {
	s.t.Helper()
	m, ok := s.next()
	if !ok {
		s.t.Fatal("the stream has ended")
	}
	return m
}

// want fails the test unless the next message is of this kind and about this task.
func (s *tail) want(kind, task string) sse.Event {
	s.t.Helper()
	m := s.message()
	if m.Type != kind || task != "" && !strings.Contains(m.Data, `"task":"`+task+`"`) {
		s.t.Fatalf("the message is %+v, want %s of %s", m, kind, task)
	}
	return m
}

func TestEventsAreToldAsTheyHappen(t *testing.T) {
	t.Parallel()
	r := start(t)
	all, some, one := r.tail(""), r.tail("?kind=task_paused&kind=task_removed"), r.tail("?task=b")
	r.add("a")
	r.add("b")
	r.ask("POST", "/api/v1/tasks/a/pause", "").want(200)
	r.ask("DELETE", "/api/v1/tasks/b", "").want(204)
	all.want("task_added", "a")
	all.want("task_added", "b")
	all.want("task_paused", "a")
	all.want("task_removed", "b")
	some.want("task_paused", "a")
	some.want("task_removed", "b")
	one.want("task_added", "b")
	one.want("task_removed", "b")
}

func TestHeadOfTheEventsEnds(t *testing.T) {
	t.Parallel()
	r := start(t)
	if got := r.ask("HEAD", "/api/v1/events", "").want(200); got.header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("the header is %v", got.header)
	}
}

func TestWhoComesBackGetsWhatHappenedMeanwhile(t *testing.T) {
	t.Parallel()
	r := start(t)
	first := r.tail("")
	r.add("a")
	last := first.want("task_added", "a").LastEventID
	first.body.Close()
	r.add("b")
	r.add("c")
	again := r.tail("", "Last-Event-ID: "+last)
	again.want("task_added", "b")
	again.want("task_added", "c")
	r.add("d")
	again.want("task_added", "d")

	for _, id := range []string{"nonsense", "other-1", last[:strings.IndexByte(last, '-')] + "-999999"} {
		lost := r.tail("?kind=task_added", "Last-Event-ID: "+id)
		lost.want("events_lost", "")
		r.add("after-" + id)
		lost.want("task_added", "after-"+id)
	}
}

func TestAStreamSaysThatItIsAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := start(t, api.WithHeartbeat(20*time.Second))
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/api/v1/events", nil)
		req.Header.Set("Authorization", "Bearer "+r.token)
		resp, err := r.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		began := time.Now()
		var text strings.Builder
		for buf := make([]byte, 256); strings.Count(text.String(), ": still here\n\n") < 3; {
			n, err := resp.Body.Read(buf)
			if text.Write(buf[:n]); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != time.Minute {
			t.Errorf("three heartbeats took %v", took)
		}
	})
}

func TestAStreamEndsWithTheServerAndWithTheScheduler(t *testing.T) {
	t.Parallel()
	r := start(t)
	s := r.tail("")
	r.server.Close()
	s.want("end", "")
	if m, ok := s.next(); ok {
		t.Errorf("after its end it says %+v", m)
	}

	r = start(t)
	if err := r.scheduler.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s = r.tail("?kind=run_ended")
	_ = r.scheduler.Shutdown(t.Context())
	s.want("end", "")
}

func TestAStreamOfASchedulerThatNeverStartedEndsWithIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		s := r.tail("")
		_ = r.scheduler.Shutdown(t.Context())
		s.want("end", "")
	})
}

func TestTheClientFollowsEventsOverABrokenConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		cut := &cutter{RoundTripper: r.http.Transport, opened: func(n int) { r.add([]string{"a", "c"}[n]) }}
		c := r.client(client.WithHTTPClient(&http.Client{Transport: cut}))
		var got []string
		for e, err := range c.Events(t.Context(), client.EventFilter{Kinds: []string{"task_added"}}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e.(asyncz.TaskAdded).Task)
			switch len(got) {
			case 1:
				cut.cut()
				r.add("b")
			case 3:
				r.server.Close()
			}
		}
		if strings.Join(got, " ") != "a b c" {
			t.Errorf("got %v", got)
		}
	})
}

// A cutter breaks connections off, and tells of each that was made.
type cutter struct {
	http.RoundTripper
	opened func(n int)
	n      int
	body   io.Closer
}

func (c *cutter) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.RoundTripper.RoundTrip(r)
	if err == nil {
		c.body = resp.Body
		c.opened(c.n)
		c.n++
	}
	return resp, err
}

func (c *cutter) cut() { c.body.Close() }

func TestTheClientTellsWhyThereAreNoEvents(t *testing.T) {
	t.Parallel()
	r := start(t)
	for _, err := range r.client(client.WithToken("asz_wrong")).Events(t.Context(), client.EventFilter{}) {
		var p *client.Problem
		if !errors.As(err, &p) || p.Status != 401 {
			t.Errorf("got %v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for e, err := range r.client().Events(ctx, client.EventFilter{}) {
		t.Errorf("after the end of the context: %v, %v", e, err)
	}
}
