package filestore_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
)

var noon = time.Date(2030, time.May, 6, 12, 0, 0, 0, time.UTC)

func task(id string) store.Record {
	return store.Record{ID: id, Due: noon, Executor: "default", Data: []byte("data of " + id)}
}

func open(tb testing.TB, dir string, opts ...filestore.Option) *filestore.Store {
	tb.Helper()
	return openOn(tb, filestore.OSFiles{}, dir, opts...)
}

func openOn(tb testing.TB, files filestore.FileSystem, dir string, opts ...filestore.Option) *filestore.Store {
	tb.Helper()
	s, err := filestore.NewOn(files, dir, opts...)
	if err != nil {
		tb.Fatalf("New(%q): %v", dir, err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func add(tb testing.TB, s store.Store, records ...store.Record) {
	tb.Helper()
	for _, r := range records {
		must(tb, s.Add(tb.Context(), r))
	}
}

// pathOf is where the task with this id is.
func pathOf(dir, id string) string {
	return filepath.Join(dir, filestore.FileName(id, ".task"))
}

// put puts a task file into the directory by hand.
func put(tb testing.TB, dir string, r store.Record) {
	tb.Helper()
	if r.Rev == 0 {
		r.Rev = 1
	}
	content, err := filestore.Encode(r)
	must(tb, err)
	must(tb, os.WriteFile(pathOf(dir, r.ID), content, 0o600))
}

// listing is what All says, one text a record: the order, the revisions, the data.
func listing(tb testing.TB, s store.Store) []string {
	tb.Helper()
	var out []string
	for r, err := range s.All(tb.Context()) {
		if err != nil {
			out = append(out, "error: "+err.Error())
			continue
		}
		out = append(out, fmt.Sprintf("%s rev %d due %s: %s", r.ID, r.Rev, r.Due.Format(time.RFC3339), r.Data))
	}
	return out
}

func count(tb testing.TB, s store.Store) int {
	tb.Helper()
	return len(listing(tb, s))
}

// counting counts the files that are read.
type counting struct {
	filestore.OSFiles
	reads atomic.Int64
}

func (c *counting) ReadFile(path string) ([]byte, error) {
	c.reads.Add(1)
	return c.OSFiles.ReadFile(path)
}

// during returns the number of files read by f.
func (c *counting) during(f func()) int64 {
	before := c.reads.Load()
	f()
	return c.reads.Load() - before
}

// faulty calls before ahead of each step, which fails with the error it returns.
// Steps are "create", "write", "sync", "rename", "remove" and "syncdir".
type faulty struct {
	filestore.OSFiles
	m      sync.Mutex
	before func(step, path string) error
}

func (f *faulty) step(name, path string) error {
	f.m.Lock()
	defer f.m.Unlock()
	if f.before == nil {
		return nil
	}
	return f.before(name, path)
}

func (f *faulty) Create(path string, perm os.FileMode) (filestore.File, error) {
	if err := f.step("create", path); err != nil {
		return nil, err
	}
	under, err := f.OSFiles.Create(path, perm)
	if err != nil {
		return nil, err
	}
	return &faultyFile{under, f, path}, nil
}

func (f *faulty) Rename(from, to string) error {
	if err := f.step("rename", to); err != nil {
		return err
	}
	return f.OSFiles.Rename(from, to)
}

func (f *faulty) Remove(path string) error {
	if err := f.step("remove", path); err != nil {
		return err
	}
	return f.OSFiles.Remove(path)
}

func (f *faulty) SyncDir(path string) error {
	if err := f.step("syncdir", path); err != nil {
		return err
	}
	return f.OSFiles.SyncDir(path)
}

type faultyFile struct {
	filestore.File
	of   *faulty
	path string
}

// Write writes half before a step that fails.
func (f *faultyFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p[:len(p)/2])
	if err != nil {
		return n, err
	}
	if err := f.of.step("write", f.path); err != nil {
		return n, err
	}
	m, err := f.File.Write(p[len(p)/2:])
	return n + m, err
}

func (f *faultyFile) Sync() error {
	if err := f.of.step("sync", f.path); err != nil {
		return err
	}
	return f.File.Sync()
}
