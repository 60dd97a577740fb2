package sqlite_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// A long trim lets others write in between.
func TestALongTrimIsDoneInSteps(t *testing.T) {
	t.Parallel()
	log := &transactions{}
	s, err := open(filepath.Join(t.TempDir(), "x.db"), sqlstore.WithEcho(slog.New(log)))
	must(t, err)
	defer s.Close()
	rows := make([]store.RunEntry, 10_000)
	for i := range rows {
		at := noon.Add(time.Duration(i) * time.Second)
		rows[i] = store.RunEntry{Task: "a", Fire: at, Ended: at}
	}
	must(t, s.AppendRuns(bg, rows))
	log.begun.Store(0)
	if n, err := s.TrimRuns(bg, "", rows[5000].Ended, 0); n != 5000 || err != nil || log.begun.Load() < 5 {
		t.Errorf("by age: removed %d rows in %d transactions, error %v; want 5000 in 5 or more", n, log.begun.Load(), err)
	}
	log.begun.Store(0)
	if n, err := s.TrimRuns(bg, "", time.Time{}, 7); n != 4993 || err != nil || log.begun.Load() < 5 {
		t.Errorf("by number: removed %d rows in %d transactions, error %v; want 4993 in 5 or more", n, log.begun.Load(), err)
	}
}

// transactions counts those that write.
type transactions struct{ begun atomic.Int64 }

func (l *transactions) Enabled(context.Context, slog.Level) bool { return true }
func (l *transactions) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *transactions) WithGroup(string) slog.Handler            { return l }
func (l *transactions) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Value.String() == "BEGIN IMMEDIATE" {
			l.begun.Add(1)
		}
		return true
	})
	return nil
}
