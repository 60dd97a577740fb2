package filestore

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/go-asyncz/asyncz/store"
)

const (
	firstLockPoll = 100 * time.Microsecond
	lastLockPoll  = 5 * time.Millisecond
)

// A dirLock lets one handle of one process at a time use a directory. It is two
// locks: a gate for the handles and goroutines of this process, who get it in
// turn, and a locked file for the processes. The operating system frees the file
// when a process ends, however it ends.
type dirLock struct {
	path   string
	perm   fs.FileMode
	gate   *gate
	closed chan struct{} // ends all waiting
}

// acquire waits for the lock until ctx ends or the handle is closed, and returns
// what frees it.
func (l *dirLock) acquire(ctx context.Context) (release func() error, err error) {
	select {
	case <-l.closed:
		return nil, store.ErrClosed
	default:
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case l.gate.turn <- struct{}{}:
	case <-l.closed:
		return nil, store.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	file, err := l.lockFile(ctx)
	if err != nil {
		<-l.gate.turn
		return nil, err
	}
	return func() error {
		defer func() { <-l.gate.turn }()
		return file.Unlock()
	}, nil
}

// lockFile polls, because a wait inside the operating system can't be ended.
func (l *dirLock) lockFile(ctx context.Context) (*flock.Flock, error) {
	file := flock.New(l.path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(l.perm))
	for poll := firstLockPoll; ; poll = min(2*poll, lastLockPoll) {
		select {
		case <-l.closed:
			return nil, store.ErrClosed
		default:
		}
		locked, err := file.TryLock()
		if err != nil {
			return nil, fmt.Errorf("lock the directory: %w", err)
		}
		if locked && l.stillThere(file) {
			return file, nil
		}
		if locked {
			if err := file.Unlock(); err != nil {
				return nil, fmt.Errorf("unlock the directory: %w", err)
			}
		}
		if err := l.sleep(ctx, poll); err != nil {
			return nil, err
		}
	}
}

// stillThere tells whether the locked file is the one that others find under its
// name: it may have been removed between its opening and its locking.
func (l *dirLock) stillThere(file *flock.Flock) bool {
	locked, err := file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(l.path)
	return err == nil && os.SameFile(locked, named)
}

// sleep waits for poll on average, differently each time, so that processes
// which wait at once don't meet again.
func (l *dirLock) sleep(ctx context.Context, poll time.Duration) error {
	t := time.NewTimer(poll/2 + rand.N(poll))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-l.closed:
		return store.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A gate is shared by all handles of one directory in this process.
type gate struct {
	turn  chan struct{}
	users int
	bells bells
	runs  *gate // that of the histories
}

func newGate() *gate {
	return &gate{turn: make(chan struct{}, 1), runs: &gate{turn: make(chan struct{}, 1)}}
}

var gates = struct {
	sync.Mutex
	of map[string]*gate
}{of: map[string]*gate{}}

// joinGate returns the gate of a directory that exists, and what gives it up.
// The latter tells whether no other handle of this process uses the directory.
func joinGate(directory string) (g *gate, leave func() (last bool), err error) {
	real, err := filepath.EvalSymlinks(directory)
	if err != nil {
		return nil, nil, err
	}
	gates.Lock()
	defer gates.Unlock()
	g = gates.of[real]
	if g == nil {
		g = newGate()
		gates.of[real] = g
	}
	g.users++
	return g, func() bool {
		gates.Lock()
		defer gates.Unlock()
		g.users--
		if g.users == 0 {
			delete(gates.of, real)
		}
		return g.users == 0
	}, nil
}

// openShared opens a file of the store's own for reading and writing and makes
// it where it is missing, with this very mode whatever the process's mask is.
func openShared(path string, perm fs.FileMode) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if !os.IsNotExist(err) {
		return f, err
	}
	f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, perm)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(perm); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
