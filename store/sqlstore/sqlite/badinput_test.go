package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// says reports when an error is nil or lacks words.
func says(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one that says %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the message %q does not say %q", err, w)
		}
	}
}

func TestPathThatCantHoldADatabaseIsExplained(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	for path, words := range map[string][]string{
		dir:                                   {"is a directory", "name a file in it"},
		filepath.Join(dir, "missing", "x.db"): {"can't be created", "make its directory", filepath.Join(dir, "missing")},
		filepath.Join(file, "x.db"):           {file},
	} {
		_, err := open(path)
		says(t, err, append(words, path)...)
		if !errors.Is(err, store.ErrConfig) {
			t.Errorf("%v does not wrap ErrConfig", err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("something was created: %v", entries)
	}
}

func TestDatabaseThatThisUserCantWriteToIsExplained(t *testing.T) {
	t.Parallel()
	if os.Getuid() <= 0 {
		t.Skip("root, and Windows, know no such file")
	}
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := open(path)
	must(t, err)
	must(t, s.Close())
	must(t, os.Chmod(path, 0o400))
	s, err = open(path)
	if err == nil {
		defer s.Close()
		err = s.Add(bg, store.Record{ID: "a"})
	}
	says(t, err, path, "write")
}

// locked opens a store whose database another program has locked for writing.
func locked(t *testing.T, wait time.Duration) (s sqlstore.Store, path string, unlock func()) {
	path = filepath.Join(t.TempDir(), "x.db")
	s, err := open(path, sqlstore.WithLockTimeout(wait))
	must(t, err)
	t.Cleanup(func() { s.Close() })
	other, err := sql.Open("sqlite", path)
	must(t, err)
	other.SetMaxOpenConns(1)
	t.Cleanup(func() { other.Close() })
	_, err = other.Exec(`BEGIN IMMEDIATE`)
	must(t, err)
	return s, path, func() {
		_, err := other.Exec(`ROLLBACK`)
		must(t, err)
	}
}

func TestDatabaseLockedByAnotherProgramIsToldAfterTheTimeout(t *testing.T) {
	t.Parallel()
	s, path, unlock := locked(t, 20*time.Millisecond)
	r := store.Record{ID: "a", Due: noon}
	says(t, s.Add(bg, r), path, "another program", "20ms", "timeout")
	_, err := s.Batch(bg, []store.Write{{Op: store.OpAdd, Record: r}})
	says(t, err, path, "another program")
	_, err = s.Claim(bg, store.DueQuery{At: noon, Limit: 1}, noon)
	says(t, err, path, "another program")
	if _, err := s.Due(bg, store.DueQuery{At: noon, Limit: 1}); err != nil {
		t.Errorf("a reader must not wait for a writer: %v", err)
	}
	unlock()
	must(t, s.Add(bg, r))
}

func TestLockOfAnotherProgramIsWaitedFor(t *testing.T) {
	t.Parallel()
	s, _, unlock := locked(t, time.Minute)
	added := make(chan error)
	go func() { added <- s.Add(bg, store.Record{ID: "a", Due: noon}) }()
	unlock()
	must(t, <-added)
}

func TestContextEndsTheWaitForALock(t *testing.T) {
	t.Parallel()
	s, _, unlock := locked(t, time.Hour)
	for name, write := range map[string]func(ctx context.Context) error{
		"Add":   func(ctx context.Context) error { return s.Add(ctx, store.Record{ID: "a", Due: noon}) },
		"Clear": s.Clear,
		"Claim": func(ctx context.Context) error {
			_, err := s.Claim(ctx, store.DueQuery{At: noon, Limit: 1}, noon)
			return err
		},
	} {
		ctx, cancel := context.WithCancel(bg)
		ended := make(chan error)
		go func() { ended <- write(ctx) }()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", name, err)
		}
	}
	unlock()
	if _, err := s.Get(bg, "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the write that was given up has happened: %v", err)
	}
}

func TestFullDiskIsToldAndNothingIsHalfDone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	s, err := sqlstore.New(bg, db, "sqlite")
	must(t, err)
	defer s.Close()
	must(t, s.Add(bg, store.Record{ID: "a", Due: noon}))
	_, err = db.Exec(`PRAGMA max_page_count=20`)
	must(t, err)

	large := store.Record{ID: "large", Due: noon, Data: make([]byte, 200_000)}
	_, err = s.Batch(bg, []store.Write{{Op: store.OpDelete, Record: store.Record{ID: "a"}}, {Op: store.OpAdd, Record: large}})
	says(t, err, path, "can't grow", "make room")
	says(t, s.Add(bg, large), path, "can't grow")

	if _, err := s.Get(bg, "a"); err != nil {
		t.Errorf("the delete before the write that failed has happened: %v", err)
	}
	must(t, s.Add(bg, store.Record{ID: "small", Due: noon}))
}

func TestDamagedFileIsTold(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := open(path)
	must(t, err)
	batch(t, s, adds(500))
	must(t, s.Close())
	content, err := os.ReadFile(path)
	must(t, err)
	for i := 4096 * 3; i < len(content); i++ { // after the schema's pages
		content[i] = 0xa5
	}
	must(t, os.WriteFile(path, content, 0o600))

	s, err = open(path)
	if err == nil {
		defer s.Close()
		for _, e := range s.All(bg) {
			err = errors.Join(err, e)
		}
		err = errors.Join(err, s.Add(bg, store.Record{ID: "new", Due: noon}))
	}
	says(t, err, path, "damaged", "backup")
}

func TestClosedDatabaseOfTheCallerIsAnError(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "x.db"))
	must(t, err)
	s, err := sqlstore.New(bg, db, "sqlite")
	must(t, err)
	must(t, s.Close())
	if err := db.Ping(); err != nil {
		t.Errorf("the store closed a database that it had not opened: %v", err)
	}
	must(t, db.Close())
}

func TestCallersDatabaseInMemoryNeedsOneConnection(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", ":memory:")
	must(t, err)
	defer db.Close()
	_, err = sqlstore.New(bg, db, "sqlite")
	says(t, err, "SetMaxOpenConns(1)")
	db.SetMaxOpenConns(1)
	s, err := sqlstore.New(bg, db, "sqlite")
	must(t, err)
	must(t, s.Add(bg, store.Record{ID: "a"}))
	must(t, s.Close())
}
