package mysql_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

// Each benchmark has a baseline beside it: the same work as bare statements of
// the driver, on the same server. For figures that mean something the server
// must flush its log at each commit: innodb_flush_log_at_trx_commit=1.

// payload is about the size of a sealed task.
var payload = make([]byte, 300)

func id(i int) string { return fmt.Sprintf("task-%08d", i) }

func adds(n int) []store.Write {
	writes := make([]store.Write, n)
	for i := range writes {
		writes[i] = store.Write{Op: store.OpAdd, Record: store.Record{ID: id(i), Due: noon, Executor: "default", Data: payload}}
	}
	return writes
}

// batch does writes that must all be done.
func batch(tb testing.TB, s store.Batcher, writes []store.Write) {
	tb.Helper()
	results, err := s.Batch(bg, writes)
	must(tb, err)
	for _, err := range results {
		must(tb, err)
	}
}

func perSecond(b *testing.B, n int) {
	b.ReportMetric(float64(b.N)*float64(n)/b.Elapsed().Seconds(), "tasks/s")
}

// A bare is a connection of the driver to a database with our tables.
type bare struct {
	tb testing.TB
	c  *sql.Conn
}

func newBare(tb testing.TB) bare {
	b := newBase(tb)
	s, err := b.open() // makes the tables
	must(tb, err)
	must(tb, s.Close())
	c, err := b.db("interpolateParams=true&multiStatements=true").Conn(bg)
	must(tb, err)
	tb.Cleanup(func() { c.Close() })
	return bare{tb, c}
}

func (b bare) exec(text string, args ...any) {
	b.tb.Helper()
	_, err := b.c.ExecContext(bg, text, args...)
	must(b.tb, err)
}

func (b bare) insert(n int) {
	args := make([]any, 0, 2*n)
	for i := range n {
		args = append(args, []byte(id(i)), payload)
	}
	b.exec(`INSERT INTO asyncz_store VALUES (?,1,'default',1,?)`+strings.Repeat(`,(?,1,'default',1,?)`, n-1), args...)
}

// cycle claims, updates and deletes by the plainest statements there are: three
// round trips, one transaction each, the ids one after the other.
func (b bare) cycle(n int) {
	b.exec(`START TRANSACTION`)
	rows, err := b.c.QueryContext(bg, `SELECT id,data FROM asyncz_store ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED`, n)
	must(b.tb, err)
	var ids, inserts []any
	for rows.Next() {
		var id, data []byte
		must(b.tb, rows.Scan(&id, &data))
		ids, inserts = append(ids, id), append(inserts, id, data)
	}
	must(b.tb, rows.Err())
	marks := strings.TrimSuffix(strings.Repeat(`?,`, len(ids)), `,`)
	b.exec(`UPDATE asyncz_store SET due=2,rev=rev+1 WHERE id IN (`+marks+`);COMMIT`, ids...)
	b.exec(`INSERT INTO asyncz_store VALUES `+strings.TrimSuffix(strings.Repeat(`(?,3,'default',3,?),`, len(ids)), `,`)+
		` ON DUPLICATE KEY UPDATE due=VALUES(due),data=VALUES(data),rev=VALUES(rev)`, inserts...)
	b.exec(`DELETE FROM asyncz_store WHERE id IN (`+marks+`)`, ids...)
}

// A cycle is what a scheduler does with one-shot tasks: claim, write that they
// run, remove them.
func BenchmarkCycle(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("store/%d", n), func(b *testing.B) {
			s := newBase(b).opened()
			for b.Loop() {
				b.StopTimer()
				batch(b, s, adds(n))
				b.StartTimer()
				claimed, err := s.Claim(bg, store.DueQuery{At: noon, Executors: []string{"default"}, Limit: n}, noon.Add(time.Minute))
				must(b, err)
				writes := make([]store.Write, len(claimed))
				for i, r := range claimed {
					writes[i] = store.Write{Op: store.OpUpdate, Record: r}
				}
				batch(b, s, writes)
				for i := range writes {
					writes[i].Op = store.OpDelete
					writes[i].Record.Rev++
				}
				batch(b, s, writes)
			}
			perSecond(b, n)
		})
		b.Run(fmt.Sprintf("bare/%d", n), func(b *testing.B) {
			db := newBare(b)
			for b.Loop() {
				b.StopTimer()
				db.insert(n)
				b.StartTimer()
				db.cycle(n)
			}
			perSecond(b, n)
		})
	}
}

func BenchmarkBatchAdd(b *testing.B) {
	const n = 1000
	b.Run("store", func(b *testing.B) {
		s := newBase(b).opened()
		for b.Loop() {
			b.StopTimer()
			must(b, s.Clear(bg))
			b.StartTimer()
			batch(b, s, adds(n))
		}
		perSecond(b, n)
	})
	b.Run("bare", func(b *testing.B) {
		db := newBare(b)
		for b.Loop() {
			b.StopTimer()
			db.exec(`DELETE FROM asyncz_store`)
			b.StartTimer()
			db.insert(n)
		}
		perSecond(b, n)
	})
}

func BenchmarkAdd(b *testing.B) {
	s := newBase(b).opened()
	i := 0
	for b.Loop() {
		must(b, s.Add(bg, store.Record{ID: id(i), Due: noon, Executor: "default", Data: payload}))
		i++
	}
	perSecond(b, 1)
}

// drained is how many one-shot tasks are due when a scheduler of the benchmark starts.
const drained = 100_000

// BenchmarkDrain is how many durable runs a second a scheduler makes of tasks
// that are due: each is read, written as running, run, and removed. The baseline
// does about the same statements without a scheduler.
func BenchmarkDrain(b *testing.B) {
	b.Run("scheduler", func(b *testing.B) {
		var wg sync.WaitGroup
		fs := new(asyncz.Functions)
		noop := asyncz.RegisterIn(fs, "noop", func(context.Context, struct{}) (struct{}, error) {
			wg.Done()
			return struct{}{}, nil
		})
		for b.Loop() {
			b.StopTimer()
			base := newBase(b)
			s, err := asyncz.New(bg, asyncz.WithStoreURL("default", base.with("")), asyncz.WithFunctions(fs), asyncz.WithLogger(slog.New(slog.DiscardHandler)))
			must(b, err)
			tasks := make([]asyncz.NewTask, drained)
			at := trigger.At(time.Now())
			for i := range tasks {
				tasks[i] = asyncz.NewTask{Call: noop.With(struct{}{}), Trigger: at, Options: []asyncz.TaskOption{asyncz.ID(id(i))}}
			}
			results, err := s.AddMany(bg, tasks)
			must(b, err)
			for _, err := range results {
				must(b, err)
			}
			wg.Add(drained)
			b.StartTimer()
			must(b, s.Start(bg))
			wg.Wait()
			must(b, s.Shutdown(bg)) // returns when the last finish is written
			b.StopTimer()
			var left int
			must(b, base.db("").QueryRow(`SELECT count(*) FROM asyncz_store`).Scan(&left))
			if left > 0 {
				b.Fatalf("%d tasks are left", left)
			}
			b.StartTimer()
		}
		perSecond(b, drained)
	})
	b.Run("bare", func(b *testing.B) {
		const n = 1000
		db := newBare(b)
		for b.Loop() {
			for range drained / n {
				b.StopTimer()
				db.insert(n)
				b.StartTimer()
				db.cycle(n)
			}
		}
		perSecond(b, drained)
	})
}

// These costs must not grow with the number of records: compare the two sizes.
func BenchmarkPile(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newBase(b).opened()
			pile(b, s, n)
			for name, labels := range map[string][]string{"one": {"default"}, "two": {"default", "pool"}, "all": nil} {
				b.Run("NextDue/"+name, func(b *testing.B) {
					for b.Loop() {
						_, err := s.NextDue(bg, labels)
						must(b, err)
					}
				})
				b.Run("Due100/"+name, func(b *testing.B) {
					for b.Loop() {
						_, err := s.Due(bg, store.DueQuery{At: far, Executors: labels, Limit: 100})
						must(b, err)
					}
				})
				b.Run("Claim100/"+name, func(b *testing.B) {
					hold := far.Add(-24 * time.Hour) // after all others, and due again
					for b.Loop() {
						hold = hold.Add(time.Microsecond)
						claimed, err := s.Claim(bg, store.DueQuery{At: far, Executors: labels, Limit: 100}, hold)
						must(b, err)
						if len(claimed) != 100 {
							b.Fatalf("claimed %d records", len(claimed))
						}
					}
				})
			}
		})
	}
}

// BenchmarkAppendRuns is how many rows of the history a second are appended, a
// thousand of 400 bytes at a time.
func BenchmarkAppendRuns(b *testing.B) {
	s := newBase(b).opened()
	rows := make([]store.RunEntry, 1000)
	data := make([]byte, 400)
	for i := 0; b.Loop(); i++ {
		for n := range rows {
			at := noon.Add(time.Duration(1000*i+n) * time.Millisecond)
			rows[n] = store.RunEntry{Task: fmt.Sprintf("task-%03d", n*7%300), Fire: at, Ended: at.Add(time.Second), Data: data}
		}
		must(b, s.(store.RunLog).AppendRuns(bg, rows))
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "rows/s")
}
