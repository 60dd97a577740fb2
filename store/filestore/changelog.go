package filestore

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
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
// All methods need the directory's lock, and all but open an open log. Writing
// begins at the end of the last whole line, over what a dying writer left of one.
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
// log has when they are dealt with. It returns false when it can't know, because
// the log is another one than before, or none.
func (l *changeLog) changes() (names []string, end int64, ok bool, err error) {
	generation, err := l.readGeneration()
	if err != nil {
		return nil, 0, false, err
	}
	size, err := l.size()
	if err != nil || l.generation == "" || generation != l.generation || size < l.end {
		return nil, 0, false, err
	}
	if size == l.end {
		return nil, l.end, true, nil
	}
	tail := make([]byte, size-l.end)
	if _, err := l.file.ReadAt(tail, l.end); err != nil {
		return nil, 0, false, err
	}
	tail = tail[:bytes.LastIndexByte(tail, '\n')+1]
	names = strings.FieldsFunc(string(tail), func(c rune) bool { return c == '\n' })
	return names, l.end + int64(len(tail)), true, nil
}

// adopt makes the present end of the log the one to look from, and begins a new
// log where there is none.
func (l *changeLog) adopt() error {
	generation, err := l.readGeneration()
	if err != nil {
		return err
	}
	if generation == "" {
		return l.restart()
	}
	l.generation, l.end = generation, logHeaderLen
	_, l.end, _, err = l.changes()
	return err
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

// readGeneration returns the generation of the log in the file, empty when there
// is no log in it.
func (l *changeLog) readGeneration() (string, error) {
	line := make([]byte, logHeaderLen)
	if _, err := l.file.ReadAt(line, 0); err != nil {
		if errors.Is(err, io.EOF) {
			return "", nil
		}
		return "", err
	}
	generation, ok := strings.CutPrefix(string(line), logTitle)
	if !ok || strings.IndexByte(generation, '\n') != generationLen {
		return "", nil
	}
	return generation[:generationLen], nil
}

func (l *changeLog) size() (int64, error) {
	info, err := l.file.Stat()
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("%s is not a regular file", l.path)
	}
	return info.Size(), nil
}
