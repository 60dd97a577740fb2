package filestore_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var payload = make([]byte, 512)

// replaceBare is what no store of files can do without: a file written, flushed
// and renamed, and the directory flushed.
func replaceBare(b *testing.B, path string) {
	f, err := os.Create(path + ".tmp")
	must(b, err)
	_, err = f.Write(payload)
	must(b, err)
	must(b, f.Sync())
	must(b, f.Close())
	must(b, os.Rename(path+".tmp", path))
	d, err := os.Open(filepath.Dir(path))
	must(b, err)
	must(b, d.Sync())
	must(b, d.Close())
}

func BenchmarkAdd(b *testing.B) {
	b.Run("baseline", func(b *testing.B) {
		dir := b.TempDir()
		for i := 0; b.Loop(); i++ {
			replaceBare(b, filepath.Join(dir, fmt.Sprint(i)))
		}
	})
	b.Run("store", func(b *testing.B) {
		s := open(b, b.TempDir())
		for i := 0; b.Loop(); i++ {
			must(b, s.Add(b.Context(), store.Record{ID: fmt.Sprint(i), Due: noon, Data: payload}))
		}
	})
}

func BenchmarkBatchOf100(b *testing.B) {
	b.Run("baseline", func(b *testing.B) {
		dir := b.TempDir()
		for b.Loop() {
			for i := range 100 {
				replaceBare(b, filepath.Join(dir, fmt.Sprint(i)))
			}
		}
	})
	b.Run("store", func(b *testing.B) {
		s := open(b, b.TempDir())
		writes := make([]store.Write, 100)
		for i := range writes {
			writes[i] = store.Write{Op: store.OpAdd, Record: store.Record{ID: fmt.Sprint(i), Due: noon, Data: payload}}
		}
		for b.Loop() {
			results, err := s.Batch(b.Context(), writes)
			must(b, err)
			for i := range writes {
				must(b, results[i])
				if writes[i].Op == store.OpAdd {
					writes[i].Op = store.OpUpdate
				}
				writes[i].Record.Rev++
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	b.Run("baseline=ReadFile", func(b *testing.B) {
		path := filepath.Join(b.TempDir(), "x")
		must(b, os.WriteFile(path, payload, 0o600))
		for b.Loop() {
			_, err := os.ReadFile(path)
			must(b, err)
		}
	})
	for _, n := range []int{100, 10_000} {
		dir := b.TempDir()
		many(b, dir, n)
		s := open(b, dir)
		b.Run(fmt.Sprintf("Get/files=%d", n), func(b *testing.B) {
			for b.Loop() {
				_, err := s.Get(b.Context(), "task-000050")
				must(b, err)
			}
		})
		b.Run(fmt.Sprintf("Due10/files=%d", n), func(b *testing.B) {
			for b.Loop() {
				_, err := s.Due(b.Context(), store.DueQuery{At: noon.Add(time.Hour), Limit: 10})
				must(b, err)
			}
		})
		b.Run(fmt.Sprintf("NextDue/files=%d", n), func(b *testing.B) {
			for b.Loop() {
				_, err := s.NextDue(b.Context(), nil)
				must(b, err)
			}
		})
		b.Run(fmt.Sprintf("Claim10/files=%d", n), func(b *testing.B) {
			hold := noon.Add(1000 * time.Hour)
			for b.Loop() {
				got, err := s.Claim(b.Context(), store.DueQuery{At: hold, Limit: 10}, hold)
				must(b, err)
				if len(got) != 10 {
					b.Fatalf("claimed %d", len(got))
				}
			}
		})
	}
}

func BenchmarkOpen10000(b *testing.B) {
	dir := b.TempDir()
	many(b, dir, 10_000)
	b.Run("baseline=ReadFile", func(b *testing.B) {
		for b.Loop() {
			entries, err := os.ReadDir(dir)
			must(b, err)
			for _, e := range entries {
				_, err := os.ReadFile(filepath.Join(dir, e.Name()))
				must(b, err)
			}
		}
	})
	b.Run("store", func(b *testing.B) {
		for b.Loop() {
			s := open(b, dir)
			must(b, s.Close())
		}
	})
}

// BenchmarkAppendRuns is how many rows of the history a second are appended, a
// thousand of 400 bytes at a time.
func BenchmarkAppendRuns(b *testing.B) {
	s := open(b, b.TempDir())
	rows := make([]store.RunEntry, 1000)
	data := make([]byte, 400)
	for i := 0; b.Loop(); i++ {
		for n := range rows {
			at := noon.Add(time.Duration(1000*i+n) * time.Millisecond)
			rows[n] = store.RunEntry{Task: fmt.Sprintf("task-%03d", n*7%300), Fire: at, Ended: at.Add(time.Second), Data: data}
		}
		must(b, s.AppendRuns(b.Context(), rows))
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "rows/s")
}
