package filestore_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
)

func TestADirectoryIsMadeWithItsParents(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b", "tasks")
	s := open(t, dir)
	add(t, s, task("a"))
	if info, err := os.Stat(dir); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("got %v and error %v, want a directory of mode 0700", info, err)
	}
}

func TestADirectoryThatIsThereKeepsItsMode(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes")
	}
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o750))
	open(t, dir, filestore.WithMode(0o700))
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o750 {
		t.Errorf("got %v and error %v, want the mode 0750", info, err)
	}
}

func TestADirectoryThatCannotBeIsNamedInTheError(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, []byte("x"), 0o600))
	locked := t.TempDir()
	must(t, os.Mkdir(filepath.Join(locked, filestore.LockName), 0o700))
	for name, dir := range map[string]string{
		"is a file": file, "is below a file": filepath.Join(file, "tasks"), "holds a directory in the lock's place": locked,
	} {
		_, err := filestore.New(dir)
		if !errors.Is(err, store.ErrConfig) || !strings.Contains(err.Error(), dir) {
			t.Errorf("a directory that %s: got error %v, want an ErrConfig that names it", name, err)
		}
	}
	if content, err := os.ReadFile(file); err != nil || string(content) != "x" {
		t.Errorf("the file has become %q, error %v", content, err)
	}
}

func TestADirectoryThatGoesAwayIsAnErrorUntilItIsBack(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows renames no directory with an open handle in it")
	}
	dir := filepath.Join(t.TempDir(), "tasks")
	s := open(t, dir)
	add(t, s, task("a"))
	must(t, os.Rename(dir, dir+".away"))
	if err := s.Add(t.Context(), task("b")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), dir) {
		t.Errorf("Add: got error %v, want one that names the directory", err)
	}
	must(t, os.Rename(dir+".away", dir))
	add(t, s, task("b"))
	if n := count(t, s); n != 2 {
		t.Errorf("got %d tasks, want 2", n)
	}
}

func TestCleanupRemovesWhatIsTheStores(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "tasks")
	s := open(t, dir, filestore.WithCleanupDirectory())
	add(t, s, task("a"), task("b"))
	must(t, os.WriteFile(pathOf(dir, "a"), []byte("spoilt"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "x.task"+filestore.TempSuffix), []byte("half"), 0o600))
	must(t, s.Beat(t.Context(), store.Member{Node: "a"}))
	must(t, os.WriteFile(filepath.Join(dir, filestore.NodesName, "x.node"+filestore.TempSuffix), []byte("half"), 0o600))
	must(t, s.Close())
	must(t, s.Close())
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Close the directory is there: %v", err)
	}
}

func TestCleanupLeavesADirectoryWithOtherFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "README"), []byte("x"), 0o600))
	must(t, os.MkdirAll(filepath.Join(dir, "sub.task", "x"), 0o700))
	s := open(t, dir, filestore.WithCleanupDirectory())
	add(t, s, task("a"))
	must(t, s.Close())
	var left []string
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if got := strings.Join(left, " "); got != "README sub.task" {
		t.Errorf("after Close there are %q, want README and sub.task", got)
	}
}

func TestCleanupWaitsForTheLastHandle(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "tasks")
	a, b := open(t, dir, filestore.WithCleanupDirectory()), open(t, dir, filestore.WithCleanupDirectory())
	add(t, a, task("a"))
	must(t, a.Close())
	if n := count(t, b); n != 1 {
		t.Errorf("the other handle has %d tasks, want 1", n)
	}
	must(t, b.Close())
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the last Close the directory is there: %v", err)
	}
}

func TestWithoutCleanupTasksStay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	add(t, s, task("a"))
	must(t, s.Close())
	if n := count(t, open(t, dir)); n != 1 {
		t.Errorf("got %d tasks, want 1", n)
	}
}

func TestARelativeDirectoryIsThatOfTheOpening(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	s := open(t, "tasks")
	t.Chdir(t.TempDir())
	add(t, s, task("a"))
	if _, err := os.Stat(pathOf(filepath.Join(dir, "tasks"), "a")); err != nil {
		t.Error(err)
	}
}
