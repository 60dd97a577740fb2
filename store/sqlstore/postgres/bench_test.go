package postgres_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// payload is about what a small task with its seal takes.
var payload = bytes.Repeat([]byte("0123456789abcdef"), 24)

func id(i int) string { return fmt.Sprintf("task-%08d", i) }

func adds(from, n int) []store.Write {
	ws := make([]store.Write, n)
	for i := range ws {
		ws[i] = store.Write{Op: store.OpAdd, Record: store.Record{
			ID: id(from + i), Due: noon.Add(time.Duration(from+i) * time.Millisecond), Executor: "default", Data: payload}}
	}
	return ws
}

func batch(tb testing.TB, s sqlstore.Store, ws []store.Write) {
	tb.Helper()
	results, err := s.Batch(bg, ws)
	must(tb, err)
	for _, err := range results {
		must(tb, err)
	}
}

// fill adds n records.
func fill(tb testing.TB, s sqlstore.Store, n int) {
	tb.Helper()
	for i := 0; i < n; i += 1000 {
		batch(tb, s, adds(i, min(1000, n-i)))
	}
}

func perSecond(b *testing.B, records int) {
	b.ReportMetric(float64(b.N*records)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkAdd is how many records a second are added: in batches, and one by
// one. The baseline is a pipeline of plain inserts.
func BenchmarkAdd(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint("store/", n), func(b *testing.B) {
			at, _ := place(b)
			s := open(b, at)
			i := 0
			for b.Loop() {
				batch(b, s, adds(i, n))
				i += n
			}
			perSecond(b, n)
		})
		b.Run(fmt.Sprint("bare/", n), func(b *testing.B) {
			c := bare(b, 0)
			i := 0
			for b.Loop() {
				var p pgx.Batch
				for _, w := range adds(i, n) {
					p.Queue(`INSERT INTO asyncz_store (id,due,executor,rev,data) VALUES ($1,$2,$3,1,$4)`,
						w.Record.ID, w.Record.Due.UnixMicro(), w.Record.Executor, w.Record.Data)
				}
				must(b, c.SendBatch(bg, &p).Close())
				i += n
			}
			perSecond(b, n)
		})
	}
}

// BenchmarkUpdate is how many records a second are updated in batches.
func BenchmarkUpdate(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint("store/", n), func(b *testing.B) {
			at, _ := place(b)
			s := open(b, at)
			ws := adds(0, n)
			fill(b, s, 20000)
			for i := range ws {
				ws[i].Op, ws[i].Record.Rev = store.OpUpdate, 1
			}
			for b.Loop() {
				batch(b, s, ws)
				for i := range ws {
					ws[i].Record.Rev++
					ws[i].Record.Due = ws[i].Record.Due.Add(time.Hour)
				}
			}
			perSecond(b, n)
		})
		b.Run(fmt.Sprint("bare/", n), func(b *testing.B) {
			c := bare(b, 20000)
			ws := adds(0, n)
			rev := 1
			for b.Loop() {
				var p pgx.Batch
				for i := range ws {
					w := &ws[i]
					p.Queue(`UPDATE asyncz_store SET due=$2,executor=$3,data=$4,rev=rev+1 WHERE id=$1 AND rev=$5`,
						w.Record.ID, w.Record.Due.UnixMicro(), w.Record.Executor, w.Record.Data, rev)
					w.Record.Due = w.Record.Due.Add(time.Hour)
				}
				must(b, c.SendBatch(bg, &p).Close())
				rev++
			}
			perSecond(b, n)
		})
	}
}

// BenchmarkClaim is how many records of 100,000 a second are claimed. The
// baseline is the statement that queues on PostgreSQL are built on.
func BenchmarkClaim(b *testing.B) {
	const many = 100_000
	far := noon.AddDate(1, 0, 0)
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprint("store/", n), func(b *testing.B) {
			at, _ := place(b)
			s := open(b, at)
			fill(b, s, many)
			hold := noon.Add(time.Hour)
			for b.Loop() {
				hold = hold.Add(time.Second)
				got, err := s.Claim(bg, store.DueQuery{At: far, Executors: []string{"default"}, Limit: n}, hold)
				must(b, err)
				if len(got) != n {
					b.Fatalf("claimed %d", len(got))
				}
			}
			perSecond(b, n)
		})
		b.Run(fmt.Sprint("bare/", n), func(b *testing.B) {
			c := bare(b, many)
			hold := noon.Add(time.Hour)
			for b.Loop() {
				hold = hold.Add(time.Second)
				rows, err := c.Query(bg, `UPDATE asyncz_store SET due=$1,rev=rev+1 WHERE id IN (
					SELECT id FROM asyncz_store WHERE executor='default' AND due<=$2 AND rev>0 ORDER BY due,id LIMIT $3 FOR UPDATE SKIP LOCKED)
					RETURNING id,due,executor,rev,data`, hold.UnixMicro(), far.UnixMicro(), n)
				must(b, err)
				got, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (store.Record, error) {
					var x store.Record
					var due, rev int64
					return x, r.Scan(&x.ID, &due, &x.Executor, &rev, &x.Data)
				})
				must(b, err)
				if len(got) != n {
					b.Fatalf("claimed %d", len(got))
				}
			}
			perSecond(b, n)
		})
	}
}

// bare makes the store's table with n records, and returns a connection to it
// without database/sql.
func bare(b *testing.B, n int) *pgx.Conn {
	b.Helper()
	at, _ := place(b)
	fill(b, open(b, at), n)
	c, err := pgx.Connect(bg, at)
	must(b, err)
	b.Cleanup(func() { c.Close(context.Background()) })
	return c
}

// BenchmarkSingle is how many records a second a number of goroutines add one
// by one. The baseline is a plain insert on as many connections.
func BenchmarkSingle(b *testing.B) {
	for _, n := range []int{1, 16, 64} {
		b.Run(fmt.Sprint("store/", n), func(b *testing.B) {
			at, _ := place(b)
			s := open(b, at)
			many(b, n, func(i int) error {
				return s.Add(bg, store.Record{ID: id(i), Due: noon.Add(time.Duration(i) * time.Millisecond), Executor: "default", Data: payload})
			})
		})
		b.Run(fmt.Sprint("bare/", n), func(b *testing.B) {
			at, _ := place(b)
			open(b, at)
			db, err := sql.Open("pgx", at)
			must(b, err)
			defer db.Close()
			db.SetMaxOpenConns(15)
			db.SetMaxIdleConns(15)
			many(b, n, func(i int) error {
				_, err := db.Exec(`INSERT INTO asyncz_store (id,due,executor,rev,data) VALUES ($1,$2,$3,1,$4)`,
					id(i), noon.Add(time.Duration(i)*time.Millisecond).UnixMicro(), "default", payload)
				return err
			})
		})
	}
}

// many does b.N calls in n goroutines.
func many(b *testing.B, n int, do func(i int) error) {
	var wg sync.WaitGroup
	var next atomic.Int64
	b.ResetTimer()
	for range n {
		wg.Go(func() {
			for i := int(next.Add(1)); i <= b.N; i = int(next.Add(1)) {
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	perSecond(b, 1)
}

// BenchmarkAppendRuns is how many rows of the history a second are appended, a
// thousand of 400 bytes at a time.
func BenchmarkAppendRuns(b *testing.B) {
	at, _ := place(b)
	s := open(b, at)
	rows := make([]store.RunEntry, 1000)
	data := make([]byte, 400)
	for i := 0; b.Loop(); i++ {
		for n := range rows {
			at := noon.Add(time.Duration(1000*i+n) * time.Millisecond)
			rows[n] = store.RunEntry{Task: fmt.Sprintf("task-%03d", n*7%300), Fire: at, Ended: at.Add(time.Second), Data: data}
		}
		must(b, s.AppendRuns(bg, rows))
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "rows/s")
}
