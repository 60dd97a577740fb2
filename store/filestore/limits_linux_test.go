package filestore_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
)

func init() { roles["limited"] = limited }

// limited lets no file of this process grow over 64 KiB, which is an operating
// system's own failure to write, and adds a task that is larger.
func limited(dir, _ string) error {
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: 64 << 10, Max: 64 << 10}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	s, err := filestore.New(dir)
	if err != nil {
		return err
	}
	defer s.Close()
	ctx := context.Background()
	large := task("large")
	large.Data = make([]byte, 1<<20)
	fmt.Println(errors.Is(s.Add(ctx, large), syscall.EFBIG))
	large.ID, large.Rev = "a", 1
	fmt.Println(errors.Is(s.Update(ctx, large), syscall.EFBIG))
	fmt.Println(s.Add(ctx, task("b")) == nil)
	return nil
}

func TestAFileThatTheSystemDoesNotLetGrowChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	add(t, s, task("a"))
	log, err := os.OpenFile(filepath.Join(dir, filestore.LogName), os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = log.WriteString(strings.Repeat("none.task\n", 10_000)) // so that the log can't grow either
	must(t, errors.Join(err, log.Close()))
	c, out := process(t, "limited", dir, "")
	must(t, c.Run())
	if got := strings.Fields(out.String()); strings.Join(got, " ") != "true true true" {
		t.Errorf("Add and Update of a large task fail with EFBIG, and Add of a small one goes: %v", got)
	}
	want := "a rev 1 due 2030-05-06T12:00:00Z: data of a|b rev 1 due 2030-05-06T12:00:00Z: data of b"
	if got := strings.Join(listing(t, s), "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if temps, _ := filepath.Glob(filepath.Join(dir, "*"+filestore.TempSuffix)); len(temps) > 0 {
		t.Errorf("temporary files are left: %q", temps)
	}
}

// asNobody runs f on a thread without a superuser's rights to files. The thread
// ends with the goroutine.
func asNobody(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if os.Geteuid() == 0 {
			runtime.LockOSThread()
			_ = syscall.Setfsuid(65534)
		}
		f()
	}()
	<-done
}

func TestADirectoryThatCannotBeWrittenIsAnError(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	dir := filepath.Join(parent, "tasks")
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.Chmod(parent, 0o755))
	must(t, os.Chmod(filepath.Dir(parent), 0o755))
	for name, c := range map[string]struct {
		mode fs.FileMode
		dir  string
	}{
		"read only":       {0o555, dir},
		"closed":          {0o000, dir},
		"below read only": {0o555, filepath.Join(dir, "below")},
	} {
		must(t, os.Chmod(dir, c.mode))
		var err error
		asNobody(func() { _, err = filestore.New(c.dir) })
		if !errors.Is(err, store.ErrConfig) || !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), c.dir) {
			t.Errorf("%s: got error %v, want an ErrConfig about permission that names the directory", name, err)
		}
	}
	must(t, os.Chmod(dir, 0o700))
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 0 {
		t.Errorf("the directory holds %v, error %v; want nothing", entries, err)
	}
}

func TestATaskFileWithoutPermissionIsKeptAndListed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for p := dir; p != os.TempDir() && p != "/"; p = filepath.Dir(p) {
		must(t, os.Chmod(p, 0o777))
	}
	setup := open(t, dir, filestore.WithMode(0o777))
	add(t, setup, task("a"), task("b"))
	must(t, os.Chmod(pathOf(dir, "b"), 0))
	must(t, setup.Close())
	asNobody(func() {
		s, err := filestore.New(dir)
		if err != nil {
			t.Error(err)
			return
		}
		defer s.Close()
		if _, err := s.Get(t.Context(), "b"); !errors.Is(err, store.ErrCorrupt) || !errors.Is(err, fs.ErrPermission) {
			t.Errorf("Get: got error %v, want an ErrCorrupt about permission", err)
		}
		if err := s.Add(t.Context(), task("b")); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("Add: got error %v, want ErrCorrupt", err)
		}
		if got := listing(t, s); len(got) != 2 || !strings.Contains(got[1], "permission denied") {
			t.Errorf("All: got %q, want a and an error about permission", got)
		}
	})
}

func TestCloseLeavesNoDescriptor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := open(t, dir)
	add(t, open, task("a"), task("b"))
	if _, err := open.Batch(t.Context(), []store.Write{{Op: store.OpAdd, Record: task("a")}, {Op: store.OpAdd, Record: task("c")}}); err != nil {
		t.Fatal(err)
	}
	for range open.All(t.Context()) {
		break
	}
	must(t, open.Clear(t.Context()))
	must(t, open.Close())
	descriptors, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	for _, d := range descriptors {
		if target, err := os.Readlink("/proc/self/fd/" + d.Name()); err == nil && strings.HasPrefix(target, dir) {
			t.Errorf("%s is open after Close", target)
		}
	}
}
