package filestore

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// The histories have a directory of their own in that of the tasks, with a lock of
// its own: a write of rows waits for the disk, and no task is to wait for that.
const (
	runsName      = "asyncz.runs"
	segmentSuffix = ".rows"
)

func (s *Store) runsDir() string { return filepath.Join(s.dir, runsName) }

// A segment is a file of a history. Only the last of them grows; none is ever
// written to otherwise.
type segment struct {
	number    uint64
	read      int64 // bytes that the index reflects
	whole     bool  // they end with a mark
	rows      int   // that were read
	live      int   // rows that the index has
	liveBytes int64
	damage    []gap
	fault     error // why it can't be read at all
}

func (g *segment) lose(r rowRef) {
	g.live--
	g.liveBytes -= int64(r.size)
}

// segmentName is "00000001.rows" in the history of the runs, and
// "audit.00000001.rows" in that of this name.
func segmentName(log string, number uint64) string {
	name := fmt.Sprintf("%08d", number) + segmentSuffix
	if log != "" {
		name = log + "." + name
	}
	return name
}

// parseSegment is the inverse of segmentName.
func parseSegment(name string) (log string, number uint64, ok bool) {
	rest, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok {
		return "", 0, false
	}
	if i := strings.LastIndexByte(rest, '.'); i >= 0 {
		log, rest = rest[:i], rest[i+1:]
	}
	number, err := strconv.ParseUint(rest, 10, 64)
	return log, number, err == nil && store.CheckLog(log) == nil && segmentName(log, number) == name
}

func canOpen(path string) bool {
	f, err := openRegular(path)
	if err != nil {
		return false
	}
	return f.Close() == nil
}

// openRegular opens nothing but a regular file: a pipe would block it.
func openRegular(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	return os.Open(path)
}

// readFrom returns the content of a file from a place on.
func readFrom(path string, at int64) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	part := make([]byte, max(0, info.Size()-at))
	n, err := f.ReadAt(part, at)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return part[:n], err
}
