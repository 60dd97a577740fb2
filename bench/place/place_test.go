package place

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestTheTimeOfAProcessIsReadWhateverItsName(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "stat")
	// As Linux writes it: 14 and 15 are its own time, 16 and 17 that of its children.
	text := "42 (a (strange) name) S 7 42 42 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 1 0 9 8 7\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, ok := readStat(file)
	if want := (stat{"a (strange) name", 7, 1270 * time.Millisecond}); !ok || s != want {
		t.Errorf("%v, %t", s, ok)
	}
	for _, bad := range []string{"", "42 name S 7", "42 (name) S 7 42", "42 (name) S x 42 42 0 -1 0 1 2 3 4 100 20 3 4"} {
		if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if s, ok := readStat(file); ok {
			t.Errorf("%q is %v", bad, s)
		}
	}
}

func TestAProcessWithAnotherNameIsNotTheServer(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: only Linux tells of processes")
	}
	own, ok := statOf(os.Getpid())
	if !ok {
		t.Fatal("this process is not found")
	}
	if _, err := processCPU(os.Getpid(), "postgres"); !errors.Is(err, ErrUnknown) {
		t.Errorf("%q passes for a server: %v", own.name, err)
	}
	if _, err := processCPU(os.Getpid(), "postgres", own.name); err != nil {
		t.Error(err)
	}
	if _, err := familyCPU(os.Getpid(), "postgres"); !errors.Is(err, ErrUnknown) {
		t.Errorf("a parent passes for a server: %v", err)
	}
}

func TestAURLOfMariaDBBecomesWhatItsDriverReads(t *testing.T) {
	t.Parallel()
	got, err := DSN("mysql://me:pass%40word@127.0.0.1:3307/test")
	if want := "me:pass@word@tcp(127.0.0.1:3307)/test?interpolateParams=true&multiStatements=true"; err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAFileIsWipedWithWhatBelongsToIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a.db", "a.db-wal", "a.db-shm", "b.db"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(t.Context(), Place{Kind: SQLite, URL: "sqlite:///" + filepath.Join(dir, "a.db")})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // what is not there is no error
		if err := s.Wipe(t.Context()); err != nil {
			t.Error(err)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != "b.db" {
		t.Errorf("%v, %v", left, err)
	}
}
