package dashboard_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/trigger"
)

// A wire is a connection on which a stream is written.
type wire struct {
	mu     sync.Mutex
	header http.Header
	body   bytes.Buffer
	code   int
}

func (w *wire) Header() http.Header { return w.header }

func (w *wire) WriteHeader(code int) { w.code = code }

func (w *wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.body.Write(b)
}

func (w *wire) Flush() {}

func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// heard returns what has come since the last call.
func (w *wire) heard() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.body.String()
	w.body.Reset()
	return s
}

// listen opens a stream; ended is closed when it ends.
func (h *house) listen(ctx context.Context, address string) (w *wire, ended chan struct{}) {
	w, ended = &wire{header: http.Header{}}, make(chan struct{})
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/"+address, nil)
	go func() {
		defer close(ended)
		h.handler.ServeHTTP(w, r)
	}()
	return w, ended
}

func TestAStreamTellsWhatChangesAtMostOnceASecond(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		w, ended := h.listen(ctx, "live")
		time.Sleep(3500 * time.Millisecond)
		if got := w.heard(); got != "retry: 3000\n\n" {
			t.Errorf("nothing has happened, and it says %q", got)
		}
		if got := w.header.Get("Content-Type"); got != "text/event-stream" {
			t.Errorf("Content-Type %q", got)
		}
		h.add("one", hourly(), args{})
		h.add("two", hourly(), args{})
		time.Sleep(time.Second)
		if got := w.heard(); got != "event: change\ndata: events tasks\n\n" {
			t.Errorf("two tasks were added, and it says %q", got)
		}
		h.start()
		time.Sleep(2 * time.Second)
		if _, err := h.s.RunTask(t.Context(), "one"); err != nil {
			t.Fatal(err)
		}
		w.heard()
		time.Sleep(2 * time.Second)
		if got := w.heard(); strings.Count(got, "event: change") != 1 || !strings.Contains(got, "runs") {
			t.Errorf("a task has run, and it says %q", got)
		}
		time.Sleep(20 * time.Second)
		if got := w.heard(); !strings.Contains(got, ": alive\n\n") {
			t.Errorf("there is no sign of life: %q", got)
		}
		cancel()
		<-ended
	})
}

func TestTheOverviewIsToldNumbersEachSecond(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("often", trigger.MustEvery(500*time.Millisecond), args{})
		h.start()
		time.Sleep(time.Minute)
		ctx, cancel := context.WithCancel(t.Context())
		w, ended := h.listen(ctx, "live?now")
		time.Sleep(1100 * time.Millisecond)
		got := w.heard()
		if !strings.Contains(got, "event: now\ndata: {") || !strings.Contains(got, `"rate":"2.0"`) || !strings.Contains(got, `"minute":"120"`) || !strings.Contains(got, `"late":"100 µs"`) {
			t.Errorf("it says %q", got)
		}
		h.get("./").has("2.0 a second", "120 in the last minute")
		cancel()
		<-ended
	})
}

func TestAStreamEndsWithTheDashboardAndAfterTenMinutes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		_, ended := h.listen(t.Context(), "live")
		time.Sleep(10*time.Minute + 2*time.Second)
		select {
		case <-ended:
		default:
			t.Error("it goes on after ten minutes, without asking who listens")
		}
		_, ended = h.listen(t.Context(), "live")
		time.Sleep(time.Second)
		if err := h.d.Close(); err != nil {
			t.Fatal(err)
		}
		<-ended
		h.get("tasks").is(200)
	})
}

// plain is a connection that can't be flushed.
type plain struct{ http.ResponseWriter }

func TestWhereNothingCanBeStreamedThePageIsToldToAsk(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(plain{w}, newGet(t, "/live"))
		if w.Code != http.StatusNotImplemented {
			t.Errorf("got %d", w.Code)
		}
	})
}
