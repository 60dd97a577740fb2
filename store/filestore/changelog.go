package filestore

import (
	"crypto/rand"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// A changeLog tells the handles of one directory which files the others have
// touched. It is a file that begins with a line naming its generation; each
// further line is the name of a task file, written before that file is touched.
// A line too many costs its reader a look at a file, a line too few can't be: so
// a writer may die anywhere. The log needs no fsync, because after the machine's
// death each handle is new and reads all files.
//
// A log that isn't whole, because its last writer died in the middle of a line
// or somebody cut it, is begun anew, and everybody reads all files once.
//
// All methods need the directory's lock, and all but open an open log.
type changeLog struct {
	path       string
	perm       fs.FileMode
	file       *os.File
	generation string // of the log that end belongs to; empty: none was read yet
	end        int64  // of the last line that the index reflects
}

const (
	logTitle         = "asyncz task changes 1 "
	generationLen    = 26
	logHeaderLen     = int64(len(logTitle) + generationLen + 1)
	minLogLimit      = 1 << 20
	logLimitPerEntry = 256
)

func (l *changeLog) open() error {
	f, err := openShared(l.path, l.perm)
	if err != nil {
		return err
	}
	l.file = f
	return nil
}

func (l *changeLog) close() error {
	return l.file.Close()
}

// changes returns the names written since the last look, and the end that the
// log has when they are dealt with. It returns false when it can't know them all,
// because the log is another one than before, or not whole.
func (l *changeLog) changes() (names []string, end int64, ok bool, err error) {
	generation, size, err := l.look()
	if err != nil || l.generation == "" || generation != l.generation || size < l.end {
		return nil, 0, false, err
	}
	if size == l.end {
		return nil, size, true, nil
	}
	tail := make([]byte, size-l.end)
	if _, err := l.file.ReadAt(tail, l.end); err != nil {
		return nil, 0, false, err
	}
	if tail[len(tail)-1] != '\n' {
		return nil, 0, false, nil
	}
	return strings.Split(string(tail[:len(tail)-1]), "\n"), size, true, nil
}

// adopt makes the present end of the log the one to look from. Where the log is
// missing, or not whole, it begins a new one, so that all others read all files.
func (l *changeLog) adopt() error {
	generation, size, err := l.look()
	if err != nil {
		return err
	}
	if generation == "" || generation == l.generation && size < l.end {
		return l.restart()
	}
	var last [1]byte
	if _, err := l.file.ReadAt(last[:], size-1); err != nil {
		return err
	}
	if last[0] != '\n' {
		return l.restart()
	}
	l.generation, l.end = generation, size
	return nil
}

// restart begins a new generation, which makes the other handles read all files.
func (l *changeLog) restart() error {
	l.generation = ""
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	generation := rand.Text()
	if _, err := l.file.WriteAt([]byte(logTitle+generation+"\n"), 0); err != nil {
		return err
	}
	l.generation, l.end = generation, logHeaderLen
	return nil
}

// append writes names and returns the end that the log has then. It leaves l.end
// where it is: the caller moves it when its index reflects the change.
//
// A log that has outgrown its use is begun anew. The limit grows with the number
// of tasks, so that what the others read for it is less than a file a write. So is
// a log that can't grow: on a full disk tasks can still be deleted.
func (l *changeLog) append(names []string, tasks int) (int64, error) {
	lines := []byte(strings.Join(names, "\n") + "\n")
	if l.end < max(minLogLimit, int64(tasks)*logLimitPerEntry) {
		if _, err := l.file.WriteAt(lines, l.end); err == nil {
			return l.end + int64(len(lines)), nil
		}
	}
	if err := l.restart(); err != nil {
		return 0, err
	}
	if _, err := l.file.WriteAt(lines, l.end); err != nil {
		return 0, err
	}
	return l.end + int64(len(lines)), nil
}

// look returns the generation of the log in the file, empty when there is no log
// in it, and the file's size.
func (l *changeLog) look() (generation string, size int64, err error) {
	info, err := l.file.Stat()
	if err != nil {
		return "", 0, err
	}
	if !info.Mode().IsRegular() {
		return "", 0, fmt.Errorf("%s is not a regular file", l.path)
	}
	if info.Size() < logHeaderLen {
		return "", info.Size(), nil
	}
	line := make([]byte, logHeaderLen)
	if _, err := l.file.ReadAt(line, 0); err != nil {
		return "", 0, err
	}
	generation, ok := strings.CutPrefix(string(line), logTitle)
	if !ok || strings.IndexByte(generation, '\n') != generationLen {
		return "", info.Size(), nil
	}
	return generation[:generationLen], info.Size(), nil
}
