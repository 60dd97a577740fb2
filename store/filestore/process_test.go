package filestore_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
)

// The tests here run this test binary again as other processes of the store.
const (
	roleVariable = "ASYNCZ_FILESTORE_TEST_ROLE"
	dirVariable  = "ASYNCZ_FILESTORE_TEST_DIRECTORY"
	argVariable  = "ASYNCZ_FILESTORE_TEST_ARGUMENT"
)

var roles = map[string]func(dir, arg string) error{
	"increment": increment, "claim": claim, "die": die, "hold": hold, "append": appendRows,
}

func TestMain(m *testing.M) {
	if role := roles[os.Getenv(roleVariable)]; role != nil {
		if err := role(os.Getenv(dirVariable), os.Getenv(argVariable)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// process prepares another process.
func process(tb testing.TB, role, dir, arg string) (*exec.Cmd, *bytes.Buffer) {
	tb.Helper()
	self, err := os.Executable()
	must(tb, err)
	out := &bytes.Buffer{}
	c := exec.CommandContext(tb.Context(), self)
	c.Env = append(os.Environ(), roleVariable+"="+role, dirVariable+"="+dir, argVariable+"="+arg)
	c.Stdout, c.Stderr = out, os.Stderr
	return c, out
}

// together runs some processes at once and returns what each has printed.
func together(tb testing.TB, n int, role, dir, arg string) [][]string {
	tb.Helper()
	var commands []*exec.Cmd
	var outs []*bytes.Buffer
	for range n {
		c, out := process(tb, role, dir, arg)
		must(tb, c.Start())
		commands, outs = append(commands, c), append(outs, out)
	}
	var lines [][]string
	for i, c := range commands {
		must(tb, c.Wait())
		lines = append(lines, strings.Fields(outs[i].String()))
	}
	return lines
}

// increment adds 1 to the number in a task as often as arg says.
func increment(dir, arg string) error {
	ctx := context.Background()
	s, err := filestore.New(dir)
	if err != nil {
		return err
	}
	defer s.Close()
	times, err := strconv.Atoi(arg)
	if err != nil {
		return err
	}
	for done := 0; done < times; {
		r, err := s.Get(ctx, "counter")
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(r.Data))
		if err != nil {
			return err
		}
		r.Data = []byte(strconv.Itoa(n + 1))
		switch err := s.Update(ctx, r); {
		case err == nil:
			done++
		case !errors.Is(err, store.ErrConflict):
			return err
		}
	}
	return nil
}

func TestNoUpdateOfSeveralProcessesIsLost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	r := task("counter")
	r.Data = []byte("0")
	add(t, s, r)
	together(t, 3, "increment", dir, "25")
	got, err := s.Get(t.Context(), "counter")
	if err != nil || string(got.Data) != "75" || got.Rev != 76 {
		t.Errorf("3 processes adding 25 times: got %s at revision %d (error %v), want 75 at revision 76", got.Data, got.Rev, err)
	}
}

// claim takes tasks, as many at a time as arg says, until none is due, and
// prints their ids.
func claim(dir, arg string) error {
	s, err := filestore.New(dir)
	if err != nil {
		return err
	}
	defer s.Close()
	limit, err := strconv.Atoi(arg)
	if err != nil {
		return err
	}
	for {
		records, err := s.Claim(context.Background(), store.DueQuery{At: noon, Limit: limit}, noon.Add(time.Hour))
		if err != nil || len(records) == 0 {
			return err
		}
		for _, r := range records {
			fmt.Println(r.ID)
		}
	}
}

func TestSeveralProcessesClaimEachTaskOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var want []string
	for i := range 300 {
		id := fmt.Sprintf("task-%03d", i)
		put(t, dir, task(id))
		want = append(want, id)
	}
	s := open(t, dir)
	got := slices.Concat(together(t, 3, "claim", dir, "7")...)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("three processes claimed %d tasks, want each of %d once:\n%q", len(got), len(want), got)
	}
	if next, err := s.NextDue(t.Context(), nil); err != nil || !next.Equal(noon.Add(time.Hour)) {
		t.Errorf("a handle of another process says that %v is next (error %v), want the end of the hold", next, err)
	}
}

// The dying process acknowledges some writes, then is killed in a batch that
// updates, deletes and adds, at the step arg = "name:n", the nth step of this name.
const survivors = 10

func die(dir, arg string) error {
	ctx := context.Background()
	files := &faulty{}
	s, err := filestore.NewOn(files, dir)
	if err != nil {
		return err
	}
	var batch []store.Write
	for i := range survivors {
		r := task(fmt.Sprintf("task-%d", i))
		if err := s.Add(ctx, r); err != nil {
			return err
		}
		fmt.Println(r.ID)
		r.Rev, r.Data = 1, []byte("new data of "+r.ID)
		batch = append(batch, store.Write{Op: store.OpUpdate, Record: r}, store.Write{Op: store.OpAdd, Record: task(fmt.Sprintf("new-%d", i))})
	}
	batch = append(batch, store.Write{Op: store.OpDelete, Record: store.Record{ID: "victim"}})
	name, nth, _ := strings.Cut(arg, ":")
	left, err := strconv.Atoi(nth)
	if err != nil {
		return err
	}
	files.before = func(step, _ string) error {
		if step != name {
			return nil
		}
		if left--; left == 0 {
			self, err := os.FindProcess(os.Getpid())
			if err != nil {
				return err
			}
			if err := self.Kill(); err != nil {
				return err
			}
			select {}
		}
		return nil
	}
	if _, err := s.Batch(ctx, batch); err != nil {
		return err
	}
	return fmt.Errorf("the process has outlived %s", arg)
}

func TestAKilledProcessLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	for _, point := range []string{
		"create:1", "create:9", "write:1", "write:12", "sync:1", "sync:20", "rename:1", "rename:7", "rename:20", "remove:1", "syncdir:1",
	} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir)
			add(t, s, task("victim"), task("bystander"))
			c, out := process(t, "die", dir, point)
			c.Stderr = nil
			if err := c.Run(); err == nil || c.ProcessState.ExitCode() == 1 {
				t.Fatalf("the process was not killed: %v", err)
			}
			acknowledged := strings.Fields(out.String())
			if len(acknowledged) != survivors {
				t.Fatalf("the process acknowledged %q", acknowledged)
			}
			want := view(t, open(t, dir))
			if got := view(t, s); !slices.Equal(got, want) {
				t.Errorf("the handle that was open sees\n%s\na new one sees\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			for _, id := range append(acknowledged, "bystander") {
				r, err := s.Get(t.Context(), id)
				before := r.Rev == 1 && string(r.Data) == "data of "+id
				after := r.Rev == 2 && string(r.Data) == "new data of "+id
				if err != nil || !before && !after {
					t.Errorf("%s: got %+v and error %v, want it as it was before the batch or after", id, r, err)
				}
			}
			for _, line := range want {
				if strings.Contains(line, store.ErrCorrupt.Error()) {
					t.Error(line)
				}
			}
			add(t, s, task("afterwards"))
		})
	}
}

// hold keeps the directory locked until its input ends.
func hold(dir, _ string) error {
	files := &faulty{before: func(step, _ string) error {
		if step != "rename" {
			return nil
		}
		fmt.Println("locked")
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	}}
	s, err := filestore.NewOn(files, dir)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Add(context.Background(), task("held"))
}

// holder starts a process that has the directory locked.
func holder(t *testing.T, dir string) (c *exec.Cmd, release func()) {
	t.Helper()
	c, _ = process(t, "hold", dir, "")
	c.Stdout = nil
	out, err := c.StdoutPipe()
	must(t, err)
	in, err := c.StdinPipe()
	must(t, err)
	must(t, c.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "locked\n" {
		t.Fatalf("the other process said %q, error %v", line, err)
	}
	return c, func() { in.Close() }
}

func TestWaitingForAnotherProcessEndsWithTheContext(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	c, release := holder(t, dir)
	for name, wait := range map[string]func(ctx context.Context) error{
		"Get": func(ctx context.Context) error { _, err := s.Get(ctx, "held"); return err },
		"Add": func(ctx context.Context) error { return s.Add(ctx, task("a")) },
		"Open": func(ctx context.Context) error {
			_, err := store.Open(ctx, map[string]any{"type": "file", "directory": dir})
			return err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		if err := wait(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s while another process has the lock: got error %v, want that of the context", name, err)
		}
	}
	release()
	must(t, c.Wait())
	if _, err := s.Get(t.Context(), "held"); err != nil {
		t.Errorf("after the other process: %v", err)
	}
}

func TestCloseEndsTheWaitForAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	c, release := holder(t, dir)
	waiting := make(chan error)
	go func() {
		_, err := s.Get(context.Background(), "held")
		waiting <- err
	}()
	must(t, s.Close())
	if err := <-waiting; !errors.Is(err, store.ErrClosed) {
		t.Errorf("Get that waited when the store was closed: got error %v, want ErrClosed", err)
	}
	release()
	must(t, c.Wait())
}

func TestAKilledProcessLeavesNoLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	c, release := holder(t, dir)
	defer release()
	must(t, c.Process.Kill())
	_ = c.Wait()
	add(t, s, task("a"))
	if _, err := s.Get(t.Context(), "held"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the write that was not acknowledged: got error %v, want ErrNotFound", err)
	}
}

func TestALockOnAFileThatIsNoLongerThereIsNoLock(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows removes no file that is open")
	}
	dir := t.TempDir()
	s := open(t, dir)
	path := filepath.Join(dir, filestore.LockName)
	file := flock.New(path)
	must(t, file.Lock())
	defer file.Close()
	if !s.Holds(file) {
		t.Error("the lock of the directory is taken for another")
	}
	must(t, os.Remove(path))
	if s.Holds(file) {
		t.Error("a lock on a removed file is taken for the lock of the directory")
	}
	must(t, os.WriteFile(path, nil, 0o600))
	if s.Holds(file) {
		t.Error("a lock on a replaced file is taken for the lock of the directory")
	}
}

func TestTheLockFileMayBeRemovedBetweenOperations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	for i := range 4 {
		must(t, os.Remove(filepath.Join(dir, filestore.LockName)))
		add(t, []*filestore.Store{a, b}[i%2], task(fmt.Sprint(i)))
	}
	if n, m := count(t, a), count(t, b); n != 4 || m != 4 {
		t.Errorf("the handles see %d and %d tasks, want 4", n, m)
	}
}
