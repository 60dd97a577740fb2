package postgres_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

// drain is how many one-shot tasks are due when a scheduler of the benchmark starts.
const drain = 100_000

// BenchmarkRuns is how many durable runs a second a scheduler makes of tasks
// that are due: each is read, written as running, run, and removed. The baseline
// does the same statements without a scheduler.
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
	added := time.Duration(0)
	for b.Loop() {
		b.StopTimer()
		at, _ := place(b)
		s, err := asyncz.New(bg, asyncz.WithStoreURL("default", at), asyncz.WithFunctions(fs),
			asyncz.WithEncryptionKey(key), asyncz.WithLogger(slog.New(slog.DiscardHandler)))
		must(b, err)
		tasks := make([]asyncz.NewTask, drain)
		due := trigger.At(time.Now())
		for i := range tasks {
			tasks[i] = asyncz.NewTask{Call: noop.With(struct{}{}), Trigger: due, Options: []asyncz.TaskOption{asyncz.ID(id(i))}}
		}
		began := time.Now()
		results, err := s.AddMany(bg, tasks)
		must(b, err)
		added += time.Since(began)
		for _, err := range results {
			must(b, err)
		}
		wg.Add(drain)
		b.StartTimer()
		must(b, s.Start(bg))
		wg.Wait()
		must(b, s.Shutdown(bg)) // returns when the last finish is on disk
		b.StopTimer()
		left, err := open(b, at).Due(bg, store.DueQuery{At: noon.AddDate(100, 0, 0), Limit: drain})
		must(b, err)
		if len(left) > 0 {
			b.Fatalf("%d tasks are left", len(left))
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N*drain)/added.Seconds(), "added/s")
	perSecond(b, drain)
}

// bareRuns reads, updates and deletes in pipelines of a thousand.
func bareRuns(b *testing.B) {
	const n = 1000
	for b.Loop() {
		b.StopTimer()
		c := bare(b, drain)
		b.StartTimer()
		for range drain / n {
			rows, err := c.Query(bg, `SELECT id,data FROM asyncz_store WHERE executor='default' AND due<=$1 AND rev=1 AND rev>0 ORDER BY due,id LIMIT $2`,
				noon.AddDate(1, 0, 0).UnixMicro(), n)
			must(b, err)
			type task struct {
				ID   string
				Data []byte
			}
			tasks, err := pgx.CollectRows(rows, pgx.RowToStructByPos[task])
			must(b, err)
			var take, finish pgx.Batch
			for _, t := range tasks {
				take.Queue(`UPDATE asyncz_store SET due=$2,executor=$3,data=$4,rev=rev+1 WHERE id=$1 AND rev=$5`, t.ID, noon.AddDate(2, 0, 0).UnixMicro(), "default", t.Data, 1)
				finish.Queue(`DELETE FROM asyncz_store WHERE id=$1 AND rev=$2`, t.ID, 2)
			}
			must(b, c.SendBatch(bg, &take).Close())
			must(b, c.SendBatch(bg, &finish).Close())
		}
		b.StopTimer()
		var left int
		must(b, c.QueryRow(bg, `SELECT count(*) FROM asyncz_store`).Scan(&left))
		if left > 0 {
			b.Fatalf("%d tasks are left", left)
		}
		b.StartTimer()
	}
	perSecond(b, drain)
}
