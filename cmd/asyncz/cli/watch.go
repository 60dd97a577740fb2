package cli

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// looksAnyway is how often a file is looked at without a word from the system,
// which has none of files on some networks.
const looksAnyway = 10 * time.Second

// watchFile returns a channel on which something comes when a file may have
// changed, until ctx ends. It watches the folder and not the file, because most
// editors put another file in its place; of a link also the folder of its target.
func watchFile(ctx context.Context, file string) (<-chan struct{}, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("--watch: %w", err)
	}
	dirs := []string{filepath.Dir(file)}
	if target, err := filepath.EvalSymlinks(file); err == nil && filepath.Dir(target) != dirs[0] {
		dirs = append(dirs, filepath.Dir(target))
	}
	for _, dir := range dirs {
		if err := w.Add(dir); err != nil {
			_ = w.Close()
			return nil, fmt.Errorf("--watch: %s: %w", dir, err)
		}
	}
	changes := make(chan struct{}, 1)
	changes <- struct{}{} // it may have changed before it was watched
	go func() {
		defer w.Close()
		anyway := time.NewTicker(looksAnyway)
		defer anyway.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-w.Events:
				if e.Op == fsnotify.Chmod { // of reading, too
					continue
				}
			case <-w.Errors: //nolint:errcheck // too many at once, of which some may be missing: the file is looked at
			case <-anyway.C:
			}
			select {
			case changes <- struct{}{}:
			default: // one is waiting already
			}
		}
	}()
	return changes, nil
}

// watch lets the tasks follow the configuration file until end is called.
func (a *app) watch(ctx context.Context, s *session, logger *slog.Logger) (end func(), err error) {
	r, err := newReloader(s.here, logger, a.configFile, s.configText, s.config)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	changes, err := watchFile(ctx, r.file)
	if err != nil {
		cancel()
		return nil, err
	}
	r.catchUp(ctx) // tasks that an earlier version of the file has left are to go
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.follow(ctx, changes)
	}()
	return func() { cancel(); <-done }, nil
}
