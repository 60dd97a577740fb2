package sqlite_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

// drain is how many one-shot tasks are due when a scheduler of the benchmark starts.
const drain = 5000

// BenchmarkRuns is how many durable runs a second a scheduler makes of tasks
// that are due: each is read, written as running, run, and removed, with every
// write on disk. The baseline does the same statements without a scheduler.
func BenchmarkRuns(b *testing.B) {
	b.Run("scheduler/plain", func(b *testing.B) { benchmarkRuns(b, "") })
	b.Run("scheduler/sealed", func(b *testing.B) { benchmarkRuns(b, "the key of a benchmark, long enough") })
	b.Run("bare", bareRuns)
}

func benchmarkRuns(b *testing.B, key string) {
	var wg sync.WaitGroup
	fs := new(asyncz.Functions)
	noop := asyncz.RegisterIn(fs, "noop", func(context.Context, struct{}) (struct{}, error) {
		wg.Done()
		return struct{}{}, nil
	})
	for b.Loop() {
		b.StopTimer()
		path := filepath.Join(b.TempDir(), "x.db")
		s, err := asyncz.New(bg, asyncz.WithStoreURL("default", "sqlite:///"+path), asyncz.WithFunctions(fs),
			asyncz.WithEncryptionKey(key), asyncz.WithLogger(slog.New(slog.DiscardHandler)))
		must(b, err)
		tasks := make([]asyncz.NewTask, drain)
		at := trigger.At(time.Now())
		for i := range tasks {
			tasks[i] = asyncz.NewTask{Call: noop.With(struct{}{}), Trigger: at, Options: []asyncz.TaskOption{asyncz.ID(id(i))}}
		}
		results, err := s.AddMany(bg, tasks)
		must(b, err)
		for _, err := range results {
			must(b, err)
		}
		wg.Add(drain)
		b.StartTimer()
		must(b, s.Start(bg))
		wg.Wait()
		must(b, s.Shutdown(bg)) // returns when the last finish is on disk
		b.StopTimer()
		mustBeEmpty(b, path)
		b.StartTimer()
	}
	perSecond(b, drain)
}

// mustBeEmpty holds the benchmark to having finished, durably, what it counts.
func mustBeEmpty(b *testing.B, path string) {
	s, err := open(path)
	must(b, err)
	defer s.Close()
	left, err := s.Due(bg, store.DueQuery{At: noon.AddDate(100, 0, 0), Limit: drain})
	must(b, err)
	if len(left) > 0 {
		b.Fatalf("%d tasks are left", len(left))
	}
}

// bareRuns reads, updates and deletes in batches of a thousand, as the scheduler
// does when it is alone on its store.
func bareRuns(b *testing.B) {
	const n = 1000
	db := newBare(b, filepath.Join(b.TempDir(), "x.db"))
	insert := db.prepare(`INSERT INTO asyncz_store VALUES (?,?,'default',1,?)`)
	update := db.prepare(`UPDATE asyncz_store SET due=?,executor=?,data=?,rev=rev+1 WHERE id=? AND rev=?`)
	remove := db.prepare(`DELETE FROM asyncz_store WHERE id=? AND rev=?`)
	due, err := db.c.PrepareContext(bg, `SELECT id,data FROM asyncz_store WHERE executor='default' AND due<=? AND `+readable+` ORDER BY due,id LIMIT ?`)
	must(b, err)
	defer due.Close()
	at := noon.UnixMicro()
	for b.Loop() {
		b.StopTimer()
		db.tx(drain, func(i int) { insert(id(i), at, payload) })
		b.StartTimer()
		for range drain / n {
			ids, data := make([]string, 0, n), make([][]byte, 0, n)
			rows, err := due.QueryContext(bg, at, n)
			must(b, err)
			for rows.Next() {
				var key string
				var state []byte
				must(b, rows.Scan(&key, &state))
				ids, data = append(ids, key), append(data, state)
			}
			must(b, rows.Close())
			db.tx(n, func(i int) { update(at+60e6, "default", data[i], ids[i], 1) })
			db.tx(n, func(i int) { remove(ids[i], 2) })
		}
	}
	perSecond(b, drain)
}
