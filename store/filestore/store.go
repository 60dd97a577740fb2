package filestore

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"

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

	// The histories have a lock of their own, and what is used under it.
	runsLock  dirLock
	histories map[string]*history
}

var (
	_ store.Store      = (*Store)(nil)
	_ store.Claimer    = (*Store)(nil)
	_ store.Batcher    = (*Store)(nil)
	_ store.Clock      = (*Store)(nil)
	_ store.RunLog     = (*Store)(nil)
	_ store.Members    = (*Store)(nil)
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
	if !store.MayCreate(ctx) && missing(dir) {
		return nil, fmt.Errorf("%w: no directory %s", store.ErrAbsent, dir)
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
	s.runsLock = dirLock{path: filepath.Join(s.runsDir(), lockName), perm: perm, gate: gate.runs, closed: s.lock.closed}
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
		s.index, s.histories = nil, nil
		s.life.Unlock()
		if last := s.leaveGate(); last && s.options.cleanup {
			err = s.cleanUp()
		}
	})
	return err
}
