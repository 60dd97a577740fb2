package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/dashboard"
	"github.com/go-asyncz/asyncz/trigger"
)

// BenchmarkPages asks for each page of 100,000 tasks on SQLite: each should take
// less than 100 ms.
func BenchmarkPages(b *testing.B) {
	const tasks = 100_000
	ctx := b.Context()
	s, err := asyncz.New(ctx, asyncz.WithStoreURL("default", "sqlite:///"+filepath.Join(b.TempDir(), "tasks.db")),
		asyncz.WithLogger(slog.New(slog.DiscardHandler)), asyncz.WithEncryptionKey(""))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Shutdown(ctx) }()
	for at := 0; at < tasks; at += 5000 {
		var some []asyncz.NewTask
		for i := at; i < at+5000; i++ {
			when := trigger.MustEvery(time.Duration(1+i%1440) * time.Minute)
			if i%3 == 0 {
				when = trigger.MustCron(fmt.Sprintf("%d %d * * *", i%60, i%24))
			}
			some = append(some, asyncz.NewTask{Call: mail.With(mailing{List: fmt.Sprint("list-", i)}), Trigger: when,
				Options: []asyncz.TaskOption{asyncz.ID(fmt.Sprintf("task-%06d", i)), asyncz.Name(fmt.Sprint("Task ", i))}})
		}
		errs, err := s.AddMany(ctx, some)
		if err != nil || errs[0] != nil {
			b.Fatal(err, errs[0])
		}
	}
	d, err := dashboard.New(s, dashboard.WithHostAuth(func(*http.Request) (string, dashboard.Role, bool) { return "olga", dashboard.Operator, true }))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	ask := func(b *testing.B, page string) {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, page, nil))
		if w.Code != http.StatusOK {
			b.Fatalf("%s: %d %s", page, w.Code, w.Body)
		}
	}
	ask(b, "/tasks") // the first look at all tasks is the scheduler's, and takes longer
	for _, page := range []string{
		"/", "/tasks", "/tasks?size=200", "/tasks?q=list-777", "/tasks?sort=name&order=desc&page=1500", "/tasks?state=paused", "/tasks?trigger=cron&page=100",
		"/task?id=task-050000", "/task-edit?id=task-050000", "/runs", "/timeline", "/timeline?hours=24", "/nodes", "/stores", "/events", "/audit",
	} {
		b.Run(page, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				address := page
				if page == "/timeline" || page == "/timeline?hours=24" { // each time anew, not what is remembered
					address = fmt.Sprintf("/timeline?hours=24&q=%s", "list-"[:i%6%5])
				}
				ask(b, address)
			}
		})
	}
}
