package filestore_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
)

// Each way to spoil the file of task "b", and what All's error says of it.
var spoilings = map[string]struct {
	spoil func(path string, content []byte) error
	says  string
	knows string // the id that All gives beside the error
}{
	"torn in the header": {func(p string, c []byte) error { return os.WriteFile(p, c[:30], 0o600) }, "no header line", ""},
	"torn in the data":   {func(p string, c []byte) error { return os.WriteFile(p, c[:len(c)-2], 0o600) }, "bytes of data", "b"},
	"emptied":            {func(p string, _ []byte) error { return os.WriteFile(p, nil, 0o600) }, "no header line", ""},
	"zeroed":             {func(p string, c []byte) error { return os.WriteFile(p, make([]byte, len(c)), 0o600) }, "no header line", ""},
	"edited": {func(p string, c []byte) error {
		return os.WriteFile(p, bytes.Replace(c, []byte("2030"), []byte("2020"), 1), 0o600)
	}, "checksum", "b"},
	"foreign": {func(p string, _ []byte) error { return os.WriteFile(p, []byte("PK\x03\x04\nzip"), 0o600) }, "not a header", ""},
	"the file of another task": {func(p string, _ []byte) error {
		c, err := filestore.Encode(store.Record{ID: "a", Rev: 1, Due: noon})
		return errors.Join(err, os.WriteFile(p, c, 0o600))
	}, `not that of the task "a"`, ""},
	"a directory": {func(p string, _ []byte) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o700)) }, "not a regular file", ""},
	"a link": {func(p string, _ []byte) error {
		return errors.Join(os.Remove(p), os.Symlink(filepath.Join(filepath.Dir(p), filestore.LockName), p))
	}, "not a regular file", ""},
}

func TestAFileThatCannotBeReadStaysAsItIs(t *testing.T) {
	t.Parallel()
	for name, c := range spoilings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir)
			late := task("c")
			late.Due = noon.Add(time.Hour)
			add(t, s, task("a"), task("b"), late)
			path := pathOf(dir, "b")
			content, err := os.ReadFile(path)
			must(t, err)
			must(t, c.spoil(path, content))
			spoilt, _ := os.ReadFile(path)
			for _, h := range []*filestore.Store{s, open(t, dir)} {
				refusesUnreadable(t, h, "b", path)
				listsUnreadable(t, h, path, c.says, c.knows)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(after, spoilt) {
				t.Errorf("the file has become %q", after)
			}
			if _, err := os.Lstat(path); err != nil {
				t.Errorf("the file is gone: %v", err)
			}
			must(t, s.Clear(t.Context()))
			if info, err := os.Lstat(path); err == nil && !info.IsDir() {
				t.Error("Clear has left the file")
			}
		})
	}
}

// refusesUnreadable checks every operation on the id of an unreadable file.
func refusesUnreadable(t *testing.T, s *filestore.Store, id, path string) {
	t.Helper()
	r := task(id)
	r.Rev = 1
	_, getErr := s.Get(t.Context(), id)
	results, err := s.Batch(t.Context(), []store.Write{{Op: store.OpUpdate, Record: r}})
	must(t, err)
	for op, err := range map[string]error{
		"Get": getErr, "Add": s.Add(t.Context(), r), "Update": s.Update(t.Context(), r), "Delete": s.Delete(t.Context(), id, 0), "Batch": results[0],
	} {
		if !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got error %v, want an ErrCorrupt that names %s", op, err, path)
		}
	}
	due, err := s.Due(t.Context(), store.DueQuery{At: noon.Add(2 * time.Hour), Limit: 10})
	if err != nil || len(due) != 2 || due[0].ID != "a" || due[1].ID != "c" {
		t.Errorf("Due: got %v and error %v, want a and c", due, err)
	}
}

func listsUnreadable(t *testing.T, s *filestore.Store, path, says, knows string) {
	t.Helper()
	var good []string
	var bad []error
	for r, err := range s.All(t.Context()) {
		if err == nil {
			good = append(good, r.ID)
			continue
		}
		bad = append(bad, err)
		if r.ID != knows {
			t.Errorf("beside the error All gives the id %q, want %q", r.ID, knows)
		}
	}
	if strings.Join(good, " ") != "a c" || len(bad) != 1 {
		t.Fatalf("All: got %q and errors %v, want a, c and one error", good, bad)
	}
	if msg := bad[0].Error(); !errors.Is(bad[0], store.ErrCorrupt) || !strings.Contains(msg, path) || !strings.Contains(msg, says) {
		t.Errorf("All: got error %v, want an ErrCorrupt that names %s and says %s", bad[0], path, says)
	}
}

func TestWhatPeopleDoInTheDirectoryIsNoticedAfterTwoSeconds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, dir)
		defer s.Close()
		add(t, s, task("a"))
		soon := task("b")
		soon.Due = noon.Add(-time.Hour)
		isNext := func(what string, want time.Time) {
			t.Helper()
			if next, err := s.NextDue(t.Context(), nil); err != nil || !next.Equal(want) {
				t.Errorf("%s: got the next due time %v and error %v, want %v", what, next, err, want)
			}
		}
		put(t, dir, soon)
		isNext("before two seconds", noon)
		time.Sleep(2 * time.Second)
		isNext("a file was put there", soon.Due)

		must(t, os.Truncate(pathOf(dir, "b"), 10))
		count(t, s)
		isNext("a file was spoilt, and All has met it", noon)
		must(t, os.Remove(pathOf(dir, "b")))
		put(t, dir, soon)
		isNext("a file was mended, less than two seconds ago", noon)
		time.Sleep(2 * time.Second)
		isNext("a file was mended", soon.Due)

		must(t, os.Remove(pathOf(dir, "b")))
		time.Sleep(2 * time.Second)
		isNext("a file was removed", noon)

		must(t, os.WriteFile(filepath.Join(dir, "foreign.task"), []byte("x"), 0o600))
		time.Sleep(2 * time.Second)
		isNext("a foreign file was put there", noon)
		if n := count(t, s); n != 2 {
			t.Errorf("All yields %d times, want a task and an error", n)
		}
		must(t, os.Remove(filepath.Join(dir, "foreign.task")))
		time.Sleep(2 * time.Second)
		if n := count(t, s); n != 1 {
			t.Errorf("All yields %d times, want one task", n)
		}
	})
}

func TestAFileEditedInItsPlaceCountsAsItIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	add(t, s, task("a"))
	later := task("a")
	later.Due, later.Rev, later.Executor = noon.Add(time.Hour), 7, "pool"
	put(t, dir, later)
	due, err := s.Due(t.Context(), store.DueQuery{At: noon, Limit: 10})
	if err != nil || len(due) != 0 {
		t.Errorf("Due returns %v and error %v for a task that was put off by hand", due, err)
	}
	r := task("a")
	r.Rev = 1
	if err := s.Update(t.Context(), r); !errors.Is(err, store.ErrConflict) {
		t.Errorf("Update of the revision before the edit: got error %v, want ErrConflict", err)
	}
	if next, err := s.NextDue(t.Context(), []string{"pool"}); err != nil || !next.Equal(later.Due) {
		t.Errorf("NextDue: got %v and error %v, want %v", next, err, later.Due)
	}
}
