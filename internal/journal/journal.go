// Package journal keeps what one run says while it runs: its log lines and its
// output, bounded.
package journal

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of a journal in bytes. What is over them is left out of its middle: how
// a run began and how it ended is what people look for.
const (
	most  = 64 << 10
	begin = 16 << 10
	piece = 4 << 10 // output is cut into pieces of at most so many bytes
)

// A Line is a line of a log.
type Line struct {
	Time    time.Time  `json:"time"`
	Level   slog.Level `json:"level"`
	Message string     `json:"message"`
	Attrs   string     `json:"attrs,omitempty"` // as key=value
}

func (l *Line) size() int { return len(l.Message) + len(l.Attrs) + 32 }

// A Said is what a journal holds at a moment.
type Said struct {
	Output string
	Lines  []Line
	Cut    int // bytes that were left out
}

// A Journal may be written and read from any number of goroutines. The zero value
// is empty.
type Journal struct {
	mu      sync.Mutex
	first   []entry // those that stay
	last    []entry // the oldest of these make room
	size    int
	settled bool // first is full
	cut     int
	writes  uint64
}

// An entry is a line or a piece of output.
type entry struct {
	line   *Line
	output string
}

func (e entry) size() int {
	if e.line != nil {
		return e.line.size()
	}
	return len(e.output)
}

// Log adds a line.
func (j *Journal) Log(l Line) {
	if over := l.size() - piece; over > 0 { // no line may push out all others
		keep := max(0, len(l.Attrs)-over)
		over -= len(l.Attrs) - keep
		l.Attrs = l.Attrs[:keep]
		if over > 0 {
			l.Message = l.Message[:len(l.Message)-over]
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.add(entry{line: &l})
}

// Write adds output. It never fails.
func (j *Journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for part := range slices.Chunk(p, piece) {
		if !j.joins(part) {
			j.add(entry{output: string(part)})
		}
	}
	return len(p), nil
}

// joins adds a small piece of output to the one before, if that is small too.
func (j *Journal) joins(part []byte) bool {
	n := len(j.last)
	if n == 0 || j.last[n-1].line != nil || len(j.last[n-1].output)+len(part) > piece/8 {
		return false
	}
	j.last[n-1].output += string(part)
	j.size += len(part)
	j.writes++
	j.makeRoom()
	return true
}

func (j *Journal) add(e entry) {
	j.writes++
	j.size += e.size()
	if !j.settled {
		if j.size <= begin {
			j.first = append(j.first, e)
			return
		}
		j.settled = true
	}
	j.last = append(j.last, e)
	j.makeRoom()
}

func (j *Journal) makeRoom() {
	drop := 0
	for j.size > most && drop < len(j.last) {
		n := j.last[drop].size()
		j.size, j.cut = j.size-n, j.cut+n
		drop++
	}
	if drop > 0 {
		j.last = slices.Delete(j.last, 0, drop)
	}
}

// Writes counts what was added: it changes when something has.
func (j *Journal) Writes() uint64 {
	if j == nil {
		return 0
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.writes
}

// Said returns what the journal holds. A nil journal holds nothing.
func (j *Journal) Said() Said {
	if j == nil {
		return Said{}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	var out strings.Builder
	s := Said{Cut: j.cut}
	take := func(entries []entry) {
		for _, e := range entries {
			if e.line != nil {
				s.Lines = append(s.Lines, *e.line)
			} else {
				out.WriteString(e.output)
			}
		}
	}
	take(j.first)
	if j.cut > 0 && out.Len() > 0 {
		out.WriteString("\n… some of the output was left out here …\n")
	}
	take(j.last)
	s.Output = strings.ToValidUTF8(out.String(), "\uFFFD")
	return s
}
