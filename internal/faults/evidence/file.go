package evidence

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// A File takes the lines of one process. What Put returned for is with the
// operating system, so that it outlives the process; what Sync returned for is on
// the disk. It may be used from any number of goroutines.
type File struct {
	mu   sync.Mutex
	f    *os.File
	node string
	proc string
}

// Create begins the file of a process in a folder.
func Create(dir, node string) (*File, error) {
	proc := fmt.Sprintf("%d.%d", os.Getpid(), time.Now().UnixMicro())
	f, err := os.OpenFile(filepath.Join(dir, node+"-"+proc+".jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &File{f: f, node: node, proc: proc}, nil
}

// Put adds lines, in one piece. Those that say no time get the present.
func (f *File) Put(lines ...Line) {
	if err := f.put(lines); err != nil {
		panic(fmt.Sprintf("the evidence can't be written: %v", err)) // without it nothing is proved
	}
}

// Sync adds lines as Put does, and returns when they are on the disk.
func (f *File) Sync(lines ...Line) {
	f.Put(lines...)
	if err := f.f.Sync(); err != nil {
		panic(fmt.Sprintf("the evidence can't be written: %v", err))
	}
}

func (f *File) put(lines []Line) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, l := range lines {
		if l.At.IsZero() {
			l.At = time.Now()
		}
		l.At, l.Node, l.Proc = l.At.UTC(), cmp.Or(l.Node, f.node), f.proc
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := f.f.Write(b.Bytes())
	return err
}

// Close closes the file.
func (f *File) Close() error { return f.f.Close() }

// Read returns the lines of all files in a folder, by their time. A last line that
// its process did not finish is left out.
func Read(dir string) ([]Line, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		return nil, err
	}
	var all []Line
	for _, name := range files {
		if all, err = read(all, name); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b Line) int { return a.At.Compare(b.At) })
	return all, nil
}

func read(all []Line, name string) ([]Line, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	lines := bufio.NewScanner(bytes.NewReader(whole))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var l Line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, n, err)
		}
		all = append(all, l)
	}
	return all, lines.Err()
}
