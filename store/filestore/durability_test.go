package filestore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
)

// A disk believes nothing that was not flushed: it complains about a task file
// that gets its name before its content is flushed, and keeps which names are not.
type disk struct {
	flushed  map[string]bool // temporary files
	names    []string        // that a loss of power would undo
	mistakes []string
}

func (d *disk) before(step, path string) error {
	switch step {
	case "create", "write":
		d.flushed[path] = false
	case "sync":
		d.flushed[path] = true
	case "rename":
		if !d.flushed[path+filestore.TempSuffix] {
			d.mistakes = append(d.mistakes, path+" was renamed before its content was flushed")
		}
		d.names = append(d.names, path)
	case "remove":
		d.names = append(d.names, path)
	case "syncdir":
		d.names = nil
	}
	return nil
}

func TestWhatIsAcknowledgedSurvivesALossOfPower(t *testing.T) {
	t.Parallel()
	d := &disk{flushed: map[string]bool{}}
	s := openOn(t, &faulty{before: d.before}, t.TempDir())
	ctx := t.Context()
	first := task("a")
	first.Rev = 1
	var batch []store.Write
	for i := range 50 {
		batch = append(batch, store.Write{Op: store.OpAdd, Record: task(fmt.Sprint(i))})
	}
	for _, c := range []struct {
		name string
		do   func() error
	}{
		{"Add", func() error { return s.Add(ctx, task("a")) }},
		{"Update", func() error { return s.Update(ctx, first) }},
		{"Batch", func() error { _, err := s.Batch(ctx, batch); return err }},
		{"Claim", func() error {
			_, err := s.Claim(ctx, store.DueQuery{At: noon, Limit: 20}, noon.Add(time.Hour))
			return err
		}},
		{"Delete", func() error { return s.Delete(ctx, "a", 0) }},
		{"Clear", func() error { return s.Clear(ctx) }},
	} {
		if err := c.do(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if len(d.names) > 0 {
			t.Errorf("%s was acknowledged before these names were flushed: %q", c.name, d.names)
		}
	}
	if len(d.mistakes) > 0 {
		t.Errorf("%q", d.mistakes)
	}
}

func TestAFullDiskChangesNothing(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"create", "write", "sync"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			files := &faulty{}
			s, other := openOn(t, files, dir), open(t, dir)
			add(t, s, task("a"), task("b"))
			want := listing(t, s)
			n := 0
			files.before = func(at, _ string) error {
				if at == step {
					if n++; n%3 == 0 {
						return fmt.Errorf("%s: %w", at, syscall.ENOSPC)
					}
				}
				return nil
			}
			changed := task("a")
			changed.Rev, changed.Data = 1, []byte("changed")
			writes := []store.Write{{Op: store.OpUpdate, Record: changed}, {Op: store.OpDelete, Record: store.Record{ID: "b"}}}
			for i := range 20 {
				writes = append(writes, store.Write{Op: store.OpAdd, Record: task(fmt.Sprint(i))})
			}
			results, err := s.Batch(t.Context(), writes)
			if !errors.Is(err, syscall.ENOSPC) || results != nil {
				t.Errorf("Batch: got %v and error %v, want ENOSPC", results, err)
			}
			files.before = nil
			for which, h := range []*filestore.Store{s, other, open(t, dir)} {
				if got := listing(t, h); strings.Join(got, "|") != strings.Join(want, "|") {
					t.Errorf("handle %d has %q, want %q", which, got, want)
				}
			}
			if temps, _ := filepath.Glob(filepath.Join(dir, "*"+filestore.TempSuffix)); len(temps) > 0 {
				t.Errorf("temporary files are left: %q", temps)
			}
			must(t, s.Update(t.Context(), changed))
		})
	}
}

func TestAnErrorHalfWayIsSeenByAllHandlesAlike(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"rename", "remove", "syncdir"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			files := &faulty{}
			s, other := openOn(t, files, dir), open(t, dir)
			add(t, s, task("a"), task("b"))
			failed := errors.New("the disk is gone")
			rename, done := 0, false
			files.before = func(at, _ string) error {
				if at == "rename" {
					rename++
				}
				if at != step || done || at == "rename" && rename < 2 {
					return nil
				}
				done = true
				return failed
			}
			_, err := s.Batch(t.Context(), []store.Write{
				{Op: store.OpAdd, Record: task("c")}, {Op: store.OpAdd, Record: task("d")},
				{Op: store.OpDelete, Record: store.Record{ID: "a"}}, {Op: store.OpAdd, Record: task("e")},
			})
			if !errors.Is(err, failed) {
				t.Errorf("Batch: got error %v", err)
			}
			files.before = nil
			want := strings.Join(view(t, open(t, dir)), "\n")
			for which, h := range []*filestore.Store{s, other} {
				if got := strings.Join(view(t, h), "\n"); got != want {
					t.Errorf("handle %d sees\n%s\na new one sees\n%s", which, got, want)
				}
			}
			if temps, _ := filepath.Glob(filepath.Join(dir, "*"+filestore.TempSuffix)); len(temps) > 0 {
				t.Errorf("temporary files are left: %q", temps)
			}
		})
	}
}

func TestTemporaryFilesOfACrashGoWhenTheyAreOld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := time.Now()
	for name, c := range map[string]struct {
		age   time.Duration
		stays bool
	}{
		"old.task" + filestore.TempSuffix:       {filestore.LeftoverAge + time.Minute, false},
		"new.task" + filestore.TempSuffix:       {time.Minute, true},
		"old.other" + filestore.TempSuffix:      {filestore.LeftoverAge + time.Minute, true},
		"old.tmp":                               {24 * time.Hour, true},
		"old.task":                              {24 * time.Hour, true},
		"old.task" + filestore.TempSuffix + "~": {24 * time.Hour, true},
	} {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte("half a ta"), 0o600))
		must(t, os.Chtimes(path, now, now.Add(-c.age)))
		defer func() {
			_, err := os.Stat(path)
			if stays := err == nil; stays != c.stays {
				t.Errorf("after opening, is %s there: %v, want %v", name, stays, c.stays)
			}
		}()
	}
	open(t, dir)
}

func TestATemporaryFileInTheWayIsReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(pathOf(dir, "a")+filestore.TempSuffix, []byte(strings.Repeat("long ago", 1000)), 0o400))
	s := open(t, dir)
	add(t, s, task("a"))
	r, err := s.Get(t.Context(), "a")
	if err != nil || string(r.Data) != "data of a" {
		t.Errorf("got %+v and error %v", r, err)
	}
}
