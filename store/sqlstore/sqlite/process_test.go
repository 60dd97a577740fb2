package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// The tests of several processes run this test binary again; the variable says
// what the process is to do, and with which file.
const roleVariable, fileVariable = "ASYNCZ_TEST_ROLE", "ASYNCZ_TEST_FILE"

var roles = map[string]func(path string) error{
	"claim": claimAll, "write": writeForEver, "create": createAndAdd,
}

// playRole does what the environment asks of this process, if it does.
func playRole() (played bool, err error) {
	role, ok := roles[os.Getenv(roleVariable)]
	if !ok {
		return false, nil
	}
	return true, role(os.Getenv(fileVariable))
}

func child(t *testing.T, role, path string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleVariable+"="+role, fileVariable+"="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// claimAll claims until nothing is due and prints each id.
func claimAll(path string) error {
	s, err := open(path)
	if err != nil {
		return err
	}
	defer s.Close()
	for {
		claimed, err := s.Claim(bg, store.DueQuery{At: noon, Limit: 7}, noon.Add(time.Hour))
		if err != nil || len(claimed) == 0 {
			return err
		}
		for _, r := range claimed {
			fmt.Println(r.ID)
		}
	}
}

func TestFourProcessesClaimEachRecordOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := open(path)
	must(t, err)
	defer s.Close()
	const n = 2000
	batch(t, s, adds(n))

	outputs := make(chan string, 4)
	for range 4 {
		cmd := child(t, "claim", path)
		go func() {
			out, err := cmd.Output()
			if err != nil {
				t.Error(err)
			}
			outputs <- string(out)
		}()
	}
	times := map[string]int{}
	for range 4 {
		for id := range strings.Lines(<-outputs) {
			times[strings.TrimSpace(id)]++
		}
	}
	if len(times) != n {
		t.Errorf("%d records were claimed, want %d", len(times), n)
	}
	for id, count := range times {
		if count != 1 {
			t.Errorf("%s was claimed %d times", id, count)
		}
	}
}

// writeForEver adds batches, and prints each after it was acknowledged.
func writeForEver(path string) error {
	s, err := open(path)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		var writes []store.Write
		for i := range 50 {
			writes = append(writes, store.Write{Op: store.OpAdd, Record: store.Record{ID: fmt.Sprintf("%06d-%02d", n, i), Due: noon, Data: payload}})
		}
		if _, err := s.Batch(bg, writes); err != nil {
			return err
		}
		fmt.Printf("%06d\n", n)
	}
}

func TestKilledWriterLosesNothingThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for round := range 3 {
		path := filepath.Join(dir, fmt.Sprint(round, ".db"))
		cmd := child(t, "write", path)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		acknowledged := map[string]bool{}
		for lines.Scan() {
			acknowledged[lines.Text()] = true
			if len(acknowledged) == 20+17*round {
				must(t, cmd.Process.Kill()) // SIGKILL, most likely in the middle of a batch
			}
		}
		_ = cmd.Wait()

		s, err := open(path)
		must(t, err)
		whole := map[string]int{}
		for r, err := range s.All(bg) {
			must(t, err)
			whole[r.ID[:6]]++
		}
		must(t, s.Close())
		for n := range acknowledged {
			if whole[n] != 50 {
				t.Errorf("round %d: %d of 50 records of the acknowledged batch %s are there", round, whole[n], n)
			}
		}
		for n, count := range whole {
			if count != 50 {
				t.Errorf("round %d: batch %s was done in part: %d of 50 records", round, n, count)
			}
		}
	}
}

// createAndAdd opens a database that may not be there yet.
func createAndAdd(path string) error {
	s, err := open(path)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Add(context.Background(), store.Record{ID: fmt.Sprint(os.Getpid()), Due: noon})
}

func TestProcessesCreateTheSchemaTogether(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	ended := make(chan error, 6)
	for range 6 {
		cmd := child(t, "create", path)
		go func() { ended <- cmd.Run() }()
	}
	for range 6 {
		must(t, <-ended)
	}
	s, err := open(path)
	must(t, err)
	defer s.Close()
	n := 0
	for _, err := range s.All(bg) {
		must(t, err)
		n++
	}
	if n != 6 {
		t.Errorf("%d records, want one of each of 6 processes", n)
	}
}
