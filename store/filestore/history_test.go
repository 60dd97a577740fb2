package filestore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
)

// ran is a row that ended so many seconds after noon.
func ran(n int) store.RunEntry {
	return store.RunEntry{Task: fmt.Sprint("task-", n%3), Fire: noon.Add(time.Duration(n) * time.Second), Ended: noon.Add(time.Duration(n) * time.Second),
		Data: fmt.Append(nil, n)}
}

func rans(from, to int) (rows []store.RunEntry) {
	for n := from; n < to; n++ {
		rows = append(rows, ran(n))
	}
	return rows
}

// history returns the data of all rows, and the errors that came with them.
func history(tb testing.TB, s *filestore.Store) (data []string, errs []error) {
	tb.Helper()
	for e, err := range s.Runs(tb.Context(), store.RunQuery{}) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		data = append(data, string(e.Data))
	}
	return data, errs
}

// isHistory reports when there are other rows than those of the numbers from one
// down to another.
func isHistory(tb testing.TB, s *filestore.Store, what string, from, downTo int) {
	tb.Helper()
	var want []string
	for n := from; n >= downTo; n-- {
		want = append(want, fmt.Sprint(n))
	}
	got, errs := history(tb, s)
	if !slices.Equal(got, want) || len(errs) > 0 {
		tb.Errorf("%s: got %d rows from %.3q on and errors %v, want %d", what, len(got), got, errs, len(want))
	}
}

// segments returns the paths of the segments of the runs' history.
func segments(tb testing.TB, dir string) []string {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join(dir, filestore.RunsName, "0*.rows"))
	must(tb, err)
	slices.Sort(names)
	return names
}

func TestATornTailOfTheHistoryIsDroppedAndLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, open(t, dir).AppendRuns(t.Context(), rans(0, 2)))
	path := segments(t, dir)[0]
	two, err := os.ReadFile(path)
	must(t, err)
	one := len(two) / 2
	for cut := one; cut <= len(two); cut++ {
		dir := t.TempDir()
		must(t, os.Mkdir(filepath.Join(dir, filestore.RunsName), 0o700))
		path := filepath.Join(dir, filestore.RunsName, filepath.Base(path))
		must(t, os.WriteFile(path, two[:cut], 0o600))
		if cut%2 == 0 && cut < len(two) { // the file had grown, and its end had not been written
			must(t, os.Truncate(path, int64(cut+one/3)))
			if cut != one {
				continue // a mark with zeros in its end may be damage as well, and is told
			}
		}
		before, err := os.ReadFile(path)
		must(t, err)
		s := open(t, dir)
		first := 0
		if cut == len(two) {
			first = 1
		}
		isHistory(t, s, fmt.Sprint("after a cut at ", cut), first, 0)
		must(t, s.AppendRuns(t.Context(), rans(first+1, first+3)))
		isHistory(t, s, fmt.Sprint("after a cut at ", cut, " and more rows"), first+2, 0)
		isHistory(t, open(t, dir), fmt.Sprint("of another handle after a cut at ", cut), first+2, 0)
		after, err := os.ReadFile(path)
		must(t, err)
		if cut != one && cut != len(two) && !bytes.Equal(before, after) {
			t.Fatalf("after a cut at %d what was there has been written over", cut)
		}
	}
}

func TestADamagedPieceOfTheHistoryIsToldAndTheRestIsRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	must(t, s.AppendRuns(t.Context(), rans(0, 9)))
	path := segments(t, dir)[0]
	content, err := os.ReadFile(path)
	must(t, err)
	row := len(content) / 9
	isHistory(t, s, "before the damage", 8, 0)
	for at := 4*row + 1; at < 6*row; at += 3 {
		damaged := slices.Clone(content)
		damaged[at] ^= 0x20
		must(t, os.WriteFile(path, damaged, 0o600))
		hit := at / row
		got, errs := history(t, open(t, dir))
		if len(got) != 8 || slices.Contains(got, fmt.Sprint(hit)) {
			t.Errorf("with the byte %d damaged the rows are %q, want all but %d", at, got, hit)
		}
		if len(errs) != 1 || !errors.Is(errs[0], store.ErrCorrupt) || !strings.Contains(errs[0].Error(), path) || !strings.Contains(errs[0].Error(), fmt.Sprintf("from %d up to %d", hit*row, (hit+1)*row)) {
			t.Errorf("with the byte %d damaged got the errors %v, want one ErrCorrupt that names %s and the bytes of row %d", at, errs, path, hit)
		}
		// A handle that has read the history before meets the damage when it reads the row.
		got, errs = history(t, s)
		if len(got) != 8 || len(errs) != 1 || !errors.Is(errs[0], store.ErrCorrupt) {
			t.Errorf("with the byte %d damaged later got %q and the errors %v", at, got, errs)
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, damaged) {
			t.Fatalf("the damaged file was changed, error %v", err)
		}
	}
}

func TestASegmentThatCannotBeReadIsKeptAndTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, filestore.WithSegment(1))
	for n := range 6 {
		must(t, s.AppendRuns(t.Context(), rans(n, n+1)))
	}
	all := segments(t, dir)
	if len(all) != 6 {
		t.Fatalf("there are the segments %q, want 6", all)
	}
	must(t, os.WriteFile(all[1], []byte("somebody's notes"), 0o600))
	must(t, os.Remove(all[3]))
	must(t, os.Mkdir(all[3], 0o700))
	foreign := filepath.Join(dir, filestore.RunsName, "notes.txt")
	must(t, os.WriteFile(foreign, []byte("x"), 0o600))
	s = open(t, dir, filestore.WithSegment(1))
	got, errs := history(t, s)
	if !slices.Equal(got, []string{"5", "4", "2", "0"}) || len(errs) != 2 || !errors.Is(errs[0], store.ErrCorrupt) || !errors.Is(errs[1], store.ErrCorrupt) {
		t.Errorf("got the rows %q and the errors %v, want 5, 4, 2, 0 and two ErrCorrupt", got, errs)
	}
	if n, err := s.TrimRuns(t.Context(), "", noon.Add(time.Hour), 0); n != 4 || err != nil {
		t.Errorf("TrimRuns: got %d and error %v, want 4", n, err)
	}
	for _, path := range []string{all[1], all[3], foreign} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	got, errs = history(t, open(t, dir))
	if len(got) != 0 || len(errs) != 2 {
		t.Errorf("after TrimRuns got the rows %q and the errors %v, want both errors alone", got, errs)
	}
	for _, gone := range []string{all[0], all[2], all[4]} {
		if _, err := os.Stat(gone); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the segment %s is there, error %v", gone, err)
		}
	}
}

// What is removed gives its room back, also when single rows stand in the way.
func TestAHistoryOfManyTrimsStaysSmall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const size = 2 << 10
	s, other := open(t, dir, filestore.WithSegment(size)), open(t, dir, filestore.WithSegment(size))
	other.Detach()
	wrong := ran(1_000_000) // of a node whose clock is wrong
	must(t, s.AppendRuns(t.Context(), append(rans(0, 100), wrong)))
	for n := 100; n < 3000; n += 100 {
		must(t, s.AppendRuns(t.Context(), rans(n, n+100)))
		if got, err := other.TrimRuns(t.Context(), "", time.Time{}, 101); got != 100 || err != nil {
			t.Fatalf("TrimRuns after %d rows: got %d and error %v, want 100", n, got, err)
		}
		sum := int64(0)
		for _, path := range segments(t, dir) {
			info, err := os.Stat(path)
			must(t, err)
			sum += info.Size()
		}
		if sum > 8*size+3*101*60 {
			t.Fatalf("after %d rows, of which 101 are left, the history has %d bytes in %d segments", n, sum, len(segments(t, dir)))
		}
	}
	for _, s := range []*filestore.Store{s, other, open(t, dir)} {
		got, errs := history(t, s)
		if len(got) != 101 || got[0] != "1000000" || got[1] != "2999" || got[100] != "2900" || len(errs) > 0 {
			t.Errorf("got %d rows from %.2q on and errors %v, want 101 from 1000000 and 2999 on", len(got), got, errs)
		}
	}
}

// Removed files may come back after a loss of power, because their removal is not flushed.
func TestASegmentThatComesBackBringsNoRowsBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, filestore.WithSegment(40))
	for n := range 30 {
		must(t, s.AppendRuns(t.Context(), rans(n, n+1)))
	}
	kept := map[string][]byte{}
	for _, path := range segments(t, dir) {
		content, err := os.ReadFile(path)
		must(t, err)
		kept[path] = content
	}
	for n := 5; n <= 25; n += 5 {
		if _, err := s.TrimRuns(t.Context(), "", noon.Add(time.Duration(n)*time.Second), 0); err != nil {
			t.Fatal(err)
		}
		must(t, s.AppendRuns(t.Context(), rans(25+n, 30+n)))
	}
	left, back := segments(t, dir), 0
	for path, content := range kept {
		if slices.Contains(left, path) {
			continue
		}
		must(t, os.WriteFile(path, content, 0o600))
		isHistory(t, open(t, dir), filepath.Base(path)+" came back", 54, 25)
		must(t, os.Remove(path))
		back++
	}
	if back < 10 {
		t.Errorf("only %d segments had been removed: this test shows little", back)
	}
}

func TestAFullDiskTakesNoRowsAndCanBeTrimmed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := &fullDisk{limit: 1 << 40}
	s := openOn(t, files, dir, filestore.WithSegment(500))
	must(t, s.AppendRuns(t.Context(), rans(0, 100)))
	files.limit = files.used(t, dir)
	if err := s.AppendRuns(t.Context(), rans(100, 101)); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("AppendRuns on a full disk: got error %v, want ENOSPC", err)
	}
	isHistory(t, s, "on a full disk", 99, 0)
	if n, err := s.TrimRuns(t.Context(), "", time.Time{}, 40); n != 60 || err != nil {
		t.Errorf("TrimRuns on a full disk: got %d and error %v, want 60", n, err)
	}
	isHistory(t, s, "after TrimRuns", 99, 60)
	must(t, s.AppendRuns(t.Context(), rans(100, 101)))
	isHistory(t, open(t, dir), "when there was room again", 100, 60)
}

// A fullDisk has room for so many bytes of histories.
type fullDisk struct {
	filestore.OSFiles
	limit int64
	dir   string
}

func (d *fullDisk) used(tb testing.TB, dir string) (sum int64) {
	d.dir = dir
	for _, path := range segments(tb, dir) {
		info, err := os.Stat(path)
		must(tb, err)
		sum += info.Size()
	}
	return sum
}

func (d *fullDisk) Append(path string, perm fs.FileMode, end int64, content []byte) error {
	if d.dir == "" {
		return d.OSFiles.Append(path, perm, end, content)
	}
	sum := int64(len(content))
	names, err := filepath.Glob(filepath.Join(d.dir, filestore.RunsName, "*.rows"))
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			sum += info.Size()
		}
	}
	if sum > d.limit {
		return syscall.ENOSPC
	}
	return errors.Join(err, d.OSFiles.Append(path, perm, end, content))
}

func TestHandlesThatAppendAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for w := range 4 {
		s := open(t, dir, filestore.WithSegment(3000))
		s.Detach()
		wg.Go(func() {
			for n := range 25 {
				if err := s.AppendRuns(t.Context(), rans(100*w+4*n, 100*w+4*n+4)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	isHistory(t, open(t, dir), "of four handles", 399, 0)
}

// appendRows appends as many rows as arg says one by one, and says of each when it is kept.
func appendRows(dir, arg string) error {
	s, err := filestore.New(dir, filestore.WithSegment(5000))
	if err != nil {
		return err
	}
	defer s.Close()
	count, err := strconv.Atoi(arg)
	if err != nil {
		return err
	}
	for n := range count {
		if err := s.AppendRuns(context.Background(), rans(n, n+1)); err != nil {
			return err
		}
		fmt.Println(n)
	}
	return nil
}

func TestAKilledProcessLosesNoRowThatItHasAppended(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, _ := process(t, "append", dir, "1000000")
	c.Stdout = nil
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	line, last := make([]byte, 0, 1<<16), -1
	buf := make([]byte, 1<<10)
	for last < 200 {
		n, err := out.Read(buf)
		must(t, err)
		line = append(line, buf[:n]...)
		words := strings.Fields(string(line[:bytes.LastIndexByte(line, '\n')+1]))
		if len(words) > 0 {
			last, err = strconv.Atoi(words[len(words)-1])
			must(t, err)
		}
	}
	must(t, c.Process.Kill())
	_ = c.Wait() // it says that it was killed
	got, errs := history(t, open(t, dir))
	if len(got) <= last || got[len(got)-1] != "0" || got[0] != fmt.Sprint(len(got)-1) || len(errs) > 0 {
		t.Errorf("there are %d rows and errors %v, want %d or more without a gap", len(got), errs, last+1)
	}
}

func TestEachAppendIsFlushedOnceForEachHistory(t *testing.T) {
	t.Parallel()
	files := &flushes{}
	s := openOn(t, files, t.TempDir())
	must(t, s.AppendRuns(t.Context(), rans(0, 1)))
	files.appends, files.names = 0, 0
	must(t, s.AppendRuns(t.Context(), rans(1, 1000)))
	if files.appends != 1 || files.names != 0 {
		t.Errorf("999 rows took %d writes and %d flushes of names, want 1 and 0", files.appends, files.names)
	}
	other := rans(0, 500)
	for i := range other {
		other[i].Log = []string{"", "audit"}[i%2]
	}
	files.appends, files.names = 0, 0
	must(t, s.AppendRuns(t.Context(), other))
	if files.appends != 2 || files.names != 1 {
		t.Errorf("rows of an old and a new history took %d writes and %d flushes of names, want 2 and 1", files.appends, files.names)
	}
}

type flushes struct {
	filestore.OSFiles
	appends, names int
}

func (f *flushes) Append(path string, perm fs.FileMode, end int64, content []byte) error {
	f.appends++
	return f.OSFiles.Append(path, perm, end, content)
}

func (f *flushes) SyncDir(path string) error {
	f.names++
	return f.OSFiles.SyncDir(path)
}

func TestCleanupRemovesTheHistoriesToo(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "tasks")
	s := open(t, dir, filestore.WithCleanupDirectory())
	audit := ran(1)
	audit.Log = "audit"
	must(t, s.AppendRuns(t.Context(), append(rans(0, 3), audit)))
	must(t, s.Close())
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory is there: %v", err)
	}
}

func TestAHistoryThatIsOnlyReadMakesNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	isHistory(t, s, "of nothing", -1, 0)
	if n, err := s.TrimRuns(t.Context(), "", noon, 1); n != 0 || err != nil {
		t.Errorf("TrimRuns of nothing: got %d and error %v", n, err)
	}
	if _, err := os.Stat(filepath.Join(dir, filestore.RunsName)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory of the histories is there: %v", err)
	}
}

func FuzzWhateverIsInASegmentIsReadWithoutHarm(f *testing.F) {
	dir := f.TempDir()
	must(f, open(f, dir).AppendRuns(f.Context(), rans(0, 3)))
	whole, err := os.ReadFile(segments(f, dir)[0])
	must(f, err)
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(append([]byte("junk"), whole...))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		must(t, os.Mkdir(filepath.Join(dir, filestore.RunsName), 0o700))
		path := filepath.Join(dir, filestore.RunsName, "00000001.rows")
		must(t, os.WriteFile(path, content, 0o600))
		s := open(t, dir)
		must(t, s.AppendRuns(t.Context(), rans(0, 1)))
		got, _ := history(t, s)
		if !slices.Contains(got, "0") {
			t.Errorf("the row that was appended is not there")
		}
		after, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(after, content) {
			t.Errorf("what was in the file was changed, error %v", err)
		}
	})
}

// What a run in flight says replaces itself again and again.
func TestRowsThatAreReplacedGiveTheirRoomBackWhenTheHistoryIsTrimmed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, filestore.WithSegment(1000))
	for n := range 300 {
		again := ran(0)
		again.Data = fmt.Append(nil, n)
		must(t, s.AppendRuns(t.Context(), []store.RunEntry{again}))
	}
	before := len(segments(t, dir))
	if n, err := s.TrimRuns(t.Context(), "", noon.Add(-time.Hour), 100); n != 0 || err != nil {
		t.Errorf("TrimRuns: got %d and error %v, want 0", n, err)
	}
	if after := len(segments(t, dir)); before < 10 || after != 1 {
		t.Errorf("there were %d segments, and after TrimRuns %d, want 1", before, after)
	}
	for _, s := range []*filestore.Store{s, open(t, dir)} {
		if got, errs := history(t, s); !slices.Equal(got, []string{"299"}) || len(errs) > 0 {
			t.Errorf("got the rows %q and errors %v, want 299 alone", got, errs)
		}
	}
}
