// A program with the dashboard mounted in its own web server, beside its own
// pages, and a few tasks of all kinds to look at:
//
//	go run ./dashboard          # in examples/
//	open http://localhost:8642/ops/
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/dashboard"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"
	"github.com/go-asyncz/asyncz/trigger"
)

type mailing struct {
	List string `json:"list"`
	Test bool   `json:"test"`
}

var (
	report = asyncz.Register("report", func(ctx context.Context, _ struct{}) (map[string]int, error) {
		asyncz.Logger(ctx).Info("counting", "table", "orders")
		fmt.Fprintln(asyncz.RunOutput(ctx), "42 orders")
		return map[string]int{"orders": 42}, pause(ctx, 200*time.Millisecond)
	})
	mail = asyncz.Register("mail", func(ctx context.Context, m mailing) (string, error) {
		if rand.IntN(4) == 0 {
			return "", fmt.Errorf("mail to %s: the server answered 451, try again later", m.List)
		}
		return "sent", pause(ctx, time.Duration(rand.IntN(900))*time.Millisecond)
	})
	sync = asyncz.Register("sync", func(ctx context.Context, _ struct{}) (any, error) {
		for i := range 20 {
			asyncz.Logger(ctx).Info("page synced", "page", i)
			if err := pause(ctx, time.Second); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	broken = asyncz.Register("broken", func(context.Context, struct{}) (any, error) { panic("index out of range") })
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	s, err := asyncz.New(ctx, asyncz.WithStoreURL("default", "sqlite://"), asyncz.WithStoreURL("scratch", "memory:"))
	if err != nil {
		return err
	}
	if err := addTasks(ctx, s); err != nil {
		return err
	}
	d, err := dashboard.New(s, dashboard.Open())
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()

	mux := http.NewServeMux()
	mux.Handle("/ops/", http.StripPrefix("/ops", d))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "The program's own page.") })
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	server.RegisterOnShutdown(func() { _ = d.Close() })
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:8642")
	if err != nil {
		return err
	}
	log.Printf("the dashboard is at http://%s/ops/", l.Addr())
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	ran := s.Run(ctx)
	if err := server.Shutdown(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return ran
}

func addTasks(ctx context.Context, s *asyncz.Scheduler) error {
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		return err
	}
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		return err
	}
	every := func(d time.Duration) trigger.Trigger { return trigger.MustEvery(d) }
	type task struct {
		call asyncz.Call
		when trigger.Trigger
		opts []asyncz.TaskOption
	}
	none := struct{}{}
	for id, t := range map[string]task{
		"nightly-report":     {report.With(none), trigger.MustCron("0 2 * * *", trigger.In(zurich)), []asyncz.TaskOption{asyncz.Name("Nightly report"), asyncz.GraceTime(time.Hour), asyncz.Metadata(map[string]string{"team": "finance"})}},
		"order-report":       {report.With(none), every(3 * time.Second), []asyncz.TaskOption{asyncz.Name("Orders of the last minute")}},
		"newsletter":         {mail.With(mailing{List: "customers"}), every(5 * time.Second), []asyncz.TaskOption{asyncz.Retry(3, asyncz.Exponential(time.Second, 10*time.Second)), asyncz.Timeout(time.Minute)}},
		"invoices":           {mail.With(mailing{List: "invoices"}), trigger.MustCron("*/2 * * * *"), []asyncz.TaskOption{asyncz.Retry(2, asyncz.Constant(time.Second))}},
		"office-hours":       {report.With(none), trigger.MustCron("*/15 9-17 * * mon-fri", trigger.In(newYork)), nil},
		"sync-warehouse":     {sync.With(none), every(30 * time.Second), []asyncz.TaskOption{asyncz.Name("Sync with the warehouse")}},
		"heartbeat":          {report.With(none), every(time.Second), []asyncz.TaskOption{asyncz.InStore("scratch")}},
		"import":             {broken.With(none), every(7 * time.Second), nil},
		"end-of-month":       {report.With(none), trigger.MustCron("0 18 L * *"), []asyncz.TaskOption{asyncz.Name("Month’s end")}},
		"paused-cleanup":     {report.With(none), trigger.MustCron("@daily"), []asyncz.TaskOption{asyncz.Paused()}},
		"slow-and-quick":     {sync.With(none), every(6 * time.Second), nil},
		`"><script>alert(1)`: {report.With(none), every(time.Hour), []asyncz.TaskOption{asyncz.Name("<img src=x onerror=alert(1)> a name that is meant badly")}},
	} {
		if _, err := s.Add(ctx, t.call, t.when, append(t.opts, asyncz.ID(id), asyncz.Replace())...); err != nil {
			return fmt.Errorf("task %s: %w", id, err)
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
