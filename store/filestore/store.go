// Package filestore keeps tasks as files in a directory, shared by the processes
// of one host.
//
//	s, err := filestore.New("/var/lib/app/tasks")
//
// Importing the package registers the alias "file", whose configuration has the
// keys directory (required), suffix (".task"), mode (0o700) and
// cleanup_directory (false), or is a URL:
//
//	file:///var/lib/app/tasks?suffix=.task&mode=0700    an absolute directory
//	file:tasks, file:./tasks, file://./tasks            a relative one
//	file:///C:/app/tasks, file:C:/app/tasks             on Windows
//	file://server/share/tasks                           on Windows: \\server\share\tasks
//
// # Files
//
// Each task is one file that ends in the suffix. It holds a line of JSON that
// people can read, and the task's data. A file is replaced as a whole: after a
// crash at any moment it is in its old or its new form, and what a method has
// acknowledged is on the disk, names included. (Windows can't flush a directory:
// there a loss of power may undo the last renames.)
//
// A file with the suffix that is torn, edited or foreign is [store.ErrCorrupt]. It
// is never deleted and never overwritten; All lists it, Due and Claim pass over
// it, and Clear removes it. Files with another suffix are left alone, except for
// the store's own: asyncz.lock, asyncz.log and *.asyncz-tmp. Of the last, those
// that a crash has left are removed at opening when they are an hour old.
//
// # Processes
//
// Every operation holds the lock of the directory, which the operating system
// frees when a process dies. Each handle reads all files when it is opened and
// keeps their due times in memory; a log in the directory tells it which files
// the others have touched since. So the cost of an operation depends on the
// tasks that it is about, not on the number of tasks.
//
// Task files that people put into the directory or remove from it are noticed by
// the first operation after two seconds (in a directory so large that listing it
// takes longer than 40 ms: fifty times that long). A file that is edited or
// replaced in its place is noticed when it is read for another reason: no
// operation returns or overwrites a file without reading it, but a change of its
// due time by hand counts only from then on.
//
// The directory must not be on a network file system shared by several hosts.
package filestore

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// A Store is a handle on a directory of task files. Its methods may be called
// from any number of goroutines.
type Store struct {
	dir       string
	options   options
	lock      dirLock
	leaveGate func() (last bool)
	life      sync.RWMutex // held for reading by operations: Close waits for them
	closing   sync.Once
	seen      atomic.Int64 // the length of the log that the index reflects

	// What follows is used under the lock only.
	log     changeLog
	index   *index
	watched lookout
}

var (
	_ store.Store      = (*Store)(nil)
	_ store.Claimer    = (*Store)(nil)
	_ store.Batcher    = (*Store)(nil)
	_ store.Watcher    = (*Store)(nil)
	_ store.Namespaced = (*Store)(nil)
)

func init() {
	store.Register(store.Driver{Open: openConfigured, FromURL: fromURL}, "file")
}

func openConfigured(ctx context.Context, config map[string]any) (store.Store, error) {
	directory, o, err := configure(config)
	if err != nil {
		return nil, err
	}
	return open(ctx, directory, o)
}

// New opens a directory of task files, and makes it where it is missing. It
// waits for a process that is using the directory. An error about the directory
// or an option wraps [store.ErrConfig].
func New(directory string, opts ...Option) (*Store, error) {
	o := defaults()
	for _, opt := range opts {
		opt(&o)
	}
	return open(context.Background(), directory, o)
}

func open(ctx context.Context, directory string, o options) (*Store, error) {
	if directory == "" {
		return nil, errNoDirectory
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(directory)
	if err != nil {
		return nil, badDirectory(directory, err)
	}
	if err := makeDirectory(dir, o.mode); err != nil {
		return nil, badDirectory(dir, err)
	}
	gate, leave, err := joinGate(dir)
	if err != nil {
		return nil, badDirectory(dir, err)
	}
	perm := o.mode & 0o666
	s := &Store{
		dir: dir, options: o, leaveGate: leave,
		lock: dirLock{path: filepath.Join(dir, lockName), perm: perm, gate: gate, closed: make(chan struct{})},
		log:  changeLog{path: filepath.Join(dir, logName), perm: perm},
	}
	if err := s.begin(ctx); err != nil {
		leave()
		return nil, badDirectory(dir, err)
	}
	return s, nil
}

// begin makes the store's own files and reads all tasks.
func (s *Store) begin(ctx context.Context) error {
	lock, err := openShared(s.lock.path, s.lock.perm)
	if err != nil {
		return err
	}
	if err := lock.Close(); err != nil {
		return err
	}
	return s.locked(ctx, s.removeLeftovers)
}

func badDirectory(dir string, err error) error {
	return fmt.Errorf("%w: directory %q: %w", store.ErrConfig, dir, err)
}

// locked runs f while nobody else uses the directory, with an up-to-date index.
func (s *Store) locked(ctx context.Context, f func() error) (err error) {
	s.life.RLock()
	defer s.life.RUnlock()
	release, err := s.lock.acquire(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if e := release(); err == nil {
			err = e
		}
	}()
	if err := s.log.open(); err != nil {
		return err
	}
	defer func() {
		s.seen.Store(s.log.end)
		s.log.close()
	}()
	if err := s.catchUp(); err != nil {
		return err
	}
	return f()
}

// Namespace is "file": a directory may be moved.
func (s *Store) Namespace() string { return "file" }

// Close waits for the operation that is going on, ends those that wait, and
// releases what the store holds. With [WithCleanupDirectory] it then removes the
// tasks and the directory, and returns an error when it can't.
func (s *Store) Close() error {
	var err error
	s.closing.Do(func() {
		close(s.lock.closed)
		s.life.Lock()
		s.index = nil
		s.life.Unlock()
		if last := s.leaveGate(); last && s.options.cleanup {
			err = s.cleanUp()
		}
	})
	return err
}

// cleanupPatience is how long a store that removes its directory waits for
// another process.
const cleanupPatience = 10 * time.Second
