package browser

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/dashboard"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"
	"github.com/go-asyncz/asyncz/trigger"
)

// A site is a scheduler on SQLite with its dashboard on a port.
type site struct {
	*asyncz.Scheduler
	t    testing.TB
	url  string
	work functions
	fs   *asyncz.Functions
}

// functions are what the tasks of a site call.
type functions struct {
	sum   asyncz.Func[sumArgs, sumResult]
	fail  asyncz.Func[struct{}, any]
	panic asyncz.Func[struct{}, any]
	talk  asyncz.Func[struct{}, any]
	wait  asyncz.Func[struct{}, any]

	index, deliver asyncz.Func[struct{}, any] // take some time, and fail now and then

	began   chan struct{} // wait has begun
	release chan struct{} // one receive lets wait go on
}

type sumArgs struct {
	Numbers []int `json:"numbers"`
}

type sumResult struct {
	Total int `json:"total"`
}

func register(fs *asyncz.Functions) functions {
	f := functions{began: make(chan struct{}, 100), release: make(chan struct{})}
	f.sum = asyncz.RegisterIn(fs, "reports.sum", func(_ context.Context, a sumArgs) (r sumResult, err error) {
		for _, n := range a.Numbers {
			r.Total += n
		}
		return r, nil
	})
	f.fail = asyncz.RegisterIn(fs, "mail.send", func(ctx context.Context, _ struct{}) (any, error) {
		asyncz.Logger(ctx).Warn("The mail server does not answer.", "host", "mail.example", "attempt", 1)
		return nil, errors.New("dial tcp 192.0.2.25:25: connection refused")
	})
	f.panic = asyncz.RegisterIn(fs, "cache.warm", func(context.Context, struct{}) (any, error) {
		panic("index out of range in the test")
	})
	f.talk = asyncz.RegisterIn(fs, "backup.database", func(ctx context.Context, _ struct{}) (any, error) {
		log, out := asyncz.Logger(ctx), asyncz.RunOutput(ctx)
		log.Info("The backup begins.", "database", "orders")
		for _, table := range []string{"customers", "orders", "invoices"} {
			fmt.Fprintf(out, "dumping table %s … done\n", table)
		}
		log.Info("The backup is complete.", "bytes", 48_318_382)
		return map[string]any{"file": "orders.sql.gz", "bytes": 48_318_382}, nil
	})
	f.wait = asyncz.RegisterIn(fs, "import.feed", func(ctx context.Context, _ struct{}) (any, error) {
		fmt.Fprintln(asyncz.RunOutput(ctx), "reading the first part")
		f.began <- struct{}{}
		select {
		case f.release <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		fmt.Fprintln(asyncz.RunOutput(ctx), "all is read")
		return "imported", nil
	})
	f.index = asyncz.RegisterIn(fs, "search.index", func(context.Context, struct{}) (any, error) {
		sum := make([]byte, 0, sha256.Size)
		for range 1000 + rand.IntN(200_000) {
			next := sha256.Sum256(sum)
			sum = next[:]
		}
		return map[string]any{"documents": 100 + int(sum[0])}, nil
	})
	deliveries := new(atomic.Int64)
	f.deliver = asyncz.RegisterIn(fs, "webhook.deliver", func(ctx context.Context, _ struct{}) (any, error) {
		n := deliveries.Add(1)
		asyncz.Logger(ctx).Info("Delivering.", "delivery", n, "to", "https://hooks.example/orders")
		if n%5 == 0 {
			return nil, errors.New("https://hooks.example/orders answered 503 Service Unavailable")
		}
		return map[string]any{"status": 200, "delivery": n}, nil
	})
	return f
}

// newSite starts a scheduler, and its dashboard without login unless options say
// otherwise.
func newSite(t testing.TB, options ...dashboard.Option) *site {
	t.Helper()
	return newSiteOf(t, nil, options...)
}

func newSiteOf(t testing.TB, of []asyncz.Option, options ...dashboard.Option) *site {
	t.Helper()
	var fs asyncz.Functions
	s := &site{t: t, work: register(&fs), fs: &fs}
	var err error
	s.Scheduler, err = asyncz.New(t.Context(), append(of, asyncz.WithFunctions(&fs), asyncz.WithLogger(slog.New(slog.DiscardHandler)),
		asyncz.WithStoreURL("default", "sqlite:///"+filepath.ToSlash(filepath.Join(t.TempDir(), "tasks.db"))))...)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), bound)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("the scheduler does not stop: %v", err)
		}
	})
	if len(options) == 0 {
		options = append(options, dashboard.Open())
	}
	d, err := dashboard.New(s.Scheduler, options...)
	if err != nil {
		t.Fatal(err)
	}
	s.url = serve(t, d, d.Close)
	return s
}

// serve serves a dashboard until the test ends; streams end first.
func serve(t testing.TB, h http.Handler, end func() error) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		if err := end(); err != nil {
			t.Error(err)
		}
	})
	return server.URL + "/"
}

// visit opens a tab on the site.
func (s *site) visit(address string, l look) *page {
	s.t.Helper()
	return visit(s.t, s.url, address, l)
}

// add keeps a task that fires in a year unless a trigger says otherwise.
func (s *site) add(c asyncz.Call, id string, options ...asyncz.TaskOption) asyncz.Task {
	s.t.Helper()
	task, err := s.Add(s.t.Context(), c, trigger.At(time.Now().AddDate(1, 0, 0)), append([]asyncz.TaskOption{asyncz.ID(id)}, options...)...)
	if err != nil {
		s.t.Fatal(err)
	}
	return task
}

// do runs a task now, and waits until it has ended.
func (s *site) do(id string) {
	s.t.Helper()
	ended := make(chan struct{})
	stop := asyncz.On(s.Scheduler, func(e asyncz.RunEnded) {
		if e.Run.Task == id {
			close(ended)
		}
	})
	defer stop()
	if _, err := s.RunTask(s.t.Context(), id); err != nil {
		s.t.Fatal(err)
	}
	receive(s.t, ended, "the run of "+id+" ends")
}

func receive[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	return receiveWithin(t, bound, c, what)
}

func receiveWithin[T any](t testing.TB, most time.Duration, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(most):
		t.Fatalf("waited for long until %s", what)
		panic("unreachable")
	}
}
