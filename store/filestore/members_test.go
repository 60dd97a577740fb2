package filestore_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
)

func members(t *testing.T, s *filestore.Store) []store.Member {
	t.Helper()
	list, err := s.Members(t.Context())
	must(t, err)
	return list
}

func TestABeatLeavesTheDirectoryOfTheTasksAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	members(t, s)
	if _, err := os.Stat(filepath.Join(dir, filestore.NodesName)); !os.IsNotExist(err) {
		t.Errorf("looking at the nodes made their directory: %v", err)
	}
	must(t, s.Beat(t.Context(), store.Member{Node: "a"}))
	past := time.Now().Add(-time.Hour).Truncate(time.Second)
	must(t, os.Chtimes(dir, past, past))
	must(t, s.Beat(t.Context(), store.Member{Node: "a"}))
	must(t, s.Beat(t.Context(), store.Member{Node: "b"}))
	info, err := os.Stat(dir)
	must(t, err)
	if !info.ModTime().Equal(past) {
		t.Errorf("a beat changed the directory, so that each handle would compare all names of tasks")
	}
	if n := count(t, s); n != 0 {
		t.Errorf("two nodes are %d tasks", n)
	}
}

func TestANodesFileThatCannotBeReadIsShownAndStays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	must(t, s.Beat(t.Context(), store.Member{Node: "good", Data: []byte("data")}))
	nodes := filepath.Join(dir, filestore.NodesName)
	must(t, os.WriteFile(filepath.Join(nodes, "z.node"), []byte("torn"), 0o600))
	must(t, os.WriteFile(filepath.Join(nodes, "README"), []byte("x"), 0o600))
	list := members(t, s)
	if len(list) != 2 || list[0].Node != "good" || list[1].Node != "z.node" || !bytes.Equal(list[1].Data, []byte("torn")) ||
		time.Since(list[1].Seen).Abs() > time.Minute {
		t.Fatalf("got %v, want good and what is known of z.node", list)
	}
	must(t, s.Leave(t.Context(), "good"))
	must(t, s.Leave(t.Context(), "z.node"))
	if list := members(t, s); len(list) != 0 {
		t.Errorf("after both left there are %v", list)
	}
}

func TestTheDirectoryOfTheNodesHasTheModeOfTheStore(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "tasks")
	s := open(t, dir, filestore.WithMode(0o750))
	must(t, s.Beat(t.Context(), store.Member{Node: "a"}))
	nodes := filepath.Join(dir, filestore.NodesName)
	files, err := os.ReadDir(nodes)
	must(t, err)
	if len(files) != 1 {
		t.Fatalf("there are %d files", len(files))
	}
	for path, want := range map[string]os.FileMode{nodes: 0o750, filepath.Join(nodes, files[0].Name()): 0o640} {
		info, err := os.Stat(path)
		must(t, err)
		if got := info.Mode().Perm(); got != want && os.PathSeparator == '/' {
			t.Errorf("%s has the mode %o, want %o", path, got, want)
		}
	}
}
