package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// Each benchmark has a baseline beside it: the same work as bare prepared
// statements in bare transactions, on a database of the same kind.

var bg = context.Background()

// noon is where the records of the benchmarks are due.
var noon = time.Date(2031, 3, 5, 12, 0, 0, 0, time.UTC)

// payload is about the size of a sealed task.
var payload = make([]byte, 300)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// bare is a database with our schema and one connection.
type bare struct {
	tb testing.TB
	c  *sql.Conn
}

func newBare(tb testing.TB, path string) bare {
	s, err := open(path) // makes the schema
	must(tb, err)
	must(tb, s.Close())
	db, err := sql.Open("sqlite", path)
	must(tb, err)
	c, err := db.Conn(bg)
	must(tb, err)
	tb.Cleanup(func() { c.Close(); db.Close() })
	b := bare{tb, c}
	b.exec(`PRAGMA synchronous=FULL`)
	b.exec(`PRAGMA cache_size=-16384`)
	return b
}

func (b bare) exec(text string, args ...any) {
	b.tb.Helper()
	_, err := b.c.ExecContext(bg, text, args...)
	must(b.tb, err)
}

func (b bare) prepare(text string) func(args ...any) {
	s, err := b.c.PrepareContext(bg, text)
	must(b.tb, err)
	b.tb.Cleanup(func() { s.Close() })
	return func(args ...any) {
		_, err := s.ExecContext(bg, args...)
		must(b.tb, err)
	}
}

// tx does the statement n times in a transaction.
func (b bare) tx(n int, do func(i int)) {
	b.exec(`BEGIN IMMEDIATE`)
	for i := range n {
		do(i)
	}
	b.exec(`COMMIT`)
}

func id(i int) string { return fmt.Sprintf("task-%08d", i) }

func adds(n int) []store.Write {
	writes := make([]store.Write, n)
	for i := range writes {
		writes[i] = store.Write{Op: store.OpAdd, Record: store.Record{ID: id(i), Due: noon, Executor: "default", Data: payload}}
	}
	return writes
}

func batch(tb testing.TB, s store.Batcher, writes []store.Write) {
	results, err := s.Batch(bg, writes)
	must(tb, err)
	for _, err := range results {
		must(tb, err)
	}
}

// A cycle is what a scheduler does with one-shot tasks: claim, write that they
// run, remove them.
func BenchmarkCycle(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("store/%d", n), func(b *testing.B) {
			s, err := open(filepath.Join(b.TempDir(), "x.db"))
			must(b, err)
			defer s.Close()
			b.ReportAllocs()
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
		b.Run(fmt.Sprintf("bare/%d", n), func(b *testing.B) { bareCycle(b, n) })
	}
}

func bareCycle(b *testing.B, n int) {
	db := newBare(b, filepath.Join(b.TempDir(), "x.db"))
	insert := db.prepare(`INSERT INTO asyncz_store VALUES (?,?,'default',1,?)`)
	hold := db.prepare(`UPDATE asyncz_store SET due=?,rev=rev+1 WHERE rowid=?`)
	update := db.prepare(`UPDATE asyncz_store SET due=?,executor=?,data=?,rev=rev+1 WHERE id=? AND rev=?`)
	remove := db.prepare(`DELETE FROM asyncz_store WHERE id=? AND rev=?`)
	due, err := db.c.PrepareContext(bg, `SELECT rowid,id,due,executor,rev,data FROM asyncz_store ORDER BY id LIMIT ?`)
	must(b, err)
	defer due.Close()
	at := noon.UnixMicro()
	type row struct {
		key, due, rev int64
		id, executor  string
		data          []byte
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		db.tx(n, func(i int) { insert(id(i), at, payload) })
		b.StartTimer()
		found := make([]row, 0, n)
		db.exec(`BEGIN IMMEDIATE`)
		rows, err := due.QueryContext(bg, n)
		must(b, err)
		for rows.Next() {
			var r row
			must(b, rows.Scan(&r.key, &r.id, &r.due, &r.executor, &r.rev, &r.data))
			found = append(found, r)
		}
		must(b, errors.Join(rows.Err(), rows.Close()))
		for i := range found {
			hold(at+60e6, found[i].key)
		}
		db.exec(`COMMIT`)
		db.tx(n, func(i int) { update(at, found[i].executor, found[i].data, found[i].id, 2) })
		db.tx(n, func(i int) { remove(found[i].id, 3) })
	}
	perSecond(b, n)
}

func perSecond(b *testing.B, n int) {
	b.ReportMetric(float64(b.N)*float64(n)/b.Elapsed().Seconds(), "tasks/s")
}

func BenchmarkAdd(b *testing.B) {
	b.Run("store/1", func(b *testing.B) { benchmarkAdd(b, 1) })
	b.Run("store/64", func(b *testing.B) { benchmarkAdd(b, 64) })
	b.Run("bare/1", func(b *testing.B) {
		db := newBare(b, filepath.Join(b.TempDir(), "x.db"))
		insert := db.prepare(`INSERT INTO asyncz_store VALUES (?,?,'default',1,?)`)
		i := 0
		for b.Loop() {
			insert(id(i), noon.UnixMicro(), payload)
			i++
		}
		perSecond(b, 1)
	})
}

// benchmarkAdd adds records one by one from a number of goroutines.
func benchmarkAdd(b *testing.B, goroutines int) {
	s, err := open(filepath.Join(b.TempDir(), "x.db"))
	must(b, err)
	defer s.Close()
	var n atomic.Int64
	b.SetParallelism(goroutines / 2)
	add := func() {
		r := store.Record{ID: id(int(n.Add(1))), Due: noon, Executor: "default", Data: payload}
		if err := s.Add(bg, r); err != nil {
			b.Error(err)
		}
	}
	if goroutines == 1 {
		for b.Loop() {
			add()
		}
	} else {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				add()
			}
		})
	}
	perSecond(b, 1)
}

func BenchmarkBatchAdd(b *testing.B) {
	const n = 1000
	b.Run("store", func(b *testing.B) {
		s, err := open(filepath.Join(b.TempDir(), "x.db"))
		must(b, err)
		defer s.Close()
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			must(b, s.Clear(bg))
			b.StartTimer()
			batch(b, s, adds(n))
		}
		perSecond(b, n)
	})
	b.Run("bare", func(b *testing.B) {
		db := newBare(b, filepath.Join(b.TempDir(), "x.db"))
		insert := db.prepare(`INSERT INTO asyncz_store VALUES (?,?,'default',1,?)`)
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			db.exec(`DELETE FROM asyncz_store`)
			b.StartTimer()
			db.tx(n, func(i int) { insert(id(i), noon.UnixMicro(), payload) })
		}
		perSecond(b, n)
	})
}

// A pile is a database with many records, made once for all benchmarks. Its due
// times are in the order of the rows, as when tasks are added for times to come,
// or scattered, so that each record of a batch is on another page.
type pile struct {
	once sync.Once
	s    sqlstore.Store
	path string
}

type pileKind struct {
	records   int
	scattered bool
}

var piles = map[pileKind]*pile{
	{10_000, false}: {}, {1_000_000, false}: {},
	{10_000, true}: {}, {1_000_000, true}: {},
}

func piled(tb testing.TB, n int, scattered bool) *pile {
	p := piles[pileKind{n, scattered}]
	step := 1
	if scattered {
		step = 7919
	}
	p.once.Do(func() {
		p.path = filepath.Join(pileDir(tb), fmt.Sprintf("%d-%d.db", n, step))
		s, err := open(p.path)
		must(tb, err)
		p.s = s
		// within 12 days, two labels, a tenth of them paused
		must(tb, byHand(p.path, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<?)
			INSERT INTO asyncz_store SELECT printf('task-%08d', i),
				CASE WHEN i%10=0 THEN NULL ELSE ?+(i*?)%1000003*1000000 END,
				CASE WHEN i%2=0 THEN 'default' ELSE 'pool' END, 1, zeroblob(300) FROM n`, n, noon.UnixMicro(), step))
	})
	return p
}

var pileDir = func() func(tb testing.TB) string {
	dir := ""
	return func(tb testing.TB) string {
		if dir == "" {
			var err error
			dir, err = os.MkdirTemp("", "asyncz-piles-")
			must(tb, err)
			atEnd = append(atEnd, func() { os.RemoveAll(dir) })
		}
		return dir
	}
}()

// far is when every record of a pile is due.
var far = noon.Add(100 * 24 * time.Hour)

// These costs must not grow with the number of records: compare 10000 with 1000000.
func BenchmarkPile(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		for name, labels := range map[string][]string{"one": {"default"}, "two": {"default", "pool"}, "all": nil} {
			b.Run(fmt.Sprintf("NextDue/%s/%d", name, n), func(b *testing.B) {
				s := piled(b, n, false).s
				for b.Loop() {
					_, err := s.NextDue(bg, labels)
					must(b, err)
				}
			})
			b.Run(fmt.Sprintf("Due100/%s/%d", name, n), func(b *testing.B) {
				s := piled(b, n, false).s
				for b.Loop() {
					_, err := s.Due(bg, store.DueQuery{At: far, Executors: labels, Limit: 100})
					must(b, err)
				}
			})
		}
		for name, scattered := range map[string]bool{"inorder": false, "scattered": true} {
			b.Run(fmt.Sprintf("Claim100/%s/%d", name, n), func(b *testing.B) { benchmarkClaim(b, piled(b, n, scattered).s) })
		}
		b.Run(fmt.Sprintf("NextDue/bare/%d", n), func(b *testing.B) {
			db := newBare(b, piled(b, n, false).path)
			s, err := db.c.PrepareContext(bg, `SELECT min(due) FROM asyncz_store WHERE executor=? AND `+readable)
			must(b, err)
			defer s.Close()
			for b.Loop() {
				var due int64
				must(b, s.QueryRow("default").Scan(&due))
			}
		})
	}
}

func benchmarkClaim(b *testing.B, s sqlstore.Store) {
	hold := far.Add(-24 * time.Hour) // after all others, and due again
	for b.Loop() {
		hold = hold.Add(time.Microsecond)
		claimed, err := s.Claim(bg, store.DueQuery{At: far, Executors: []string{"default"}, Limit: 100}, hold)
		must(b, err)
		if len(claimed) != 100 {
			b.Fatalf("claimed %d records", len(claimed))
		}
	}
}

// readable is the condition of the index, which a query must repeat to use it.
const readable = `typeof(id)='text' AND typeof(executor)='text' AND typeof(rev)='integer' AND rev>0 AND typeof(data)='blob' AND typeof(due) IN ('integer','null')`

// BenchmarkAppendRuns is how many rows of the history a second are appended, a
// thousand of 400 bytes at a time.
func BenchmarkAppendRuns(b *testing.B) {
	s, err := open(filepath.Join(b.TempDir(), "x.db"))
	must(b, err)
	defer s.Close()
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
