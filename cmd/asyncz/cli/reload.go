package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"github.com/go-asyncz/asyncz"
)

const (
	settles    = 100 * time.Millisecond // editors write, rename and set times one after the other
	triesAgain = 5 * time.Second        // after a store has not taken a change
)

// A reloader lets the tasks in the stores follow a configuration file.
type reloader struct {
	scheduler *asyncz.Scheduler
	logger    *slog.Logger
	file      string // absolute, as in the metadata of its tasks
	text      []byte // of the file, when it was looked at last; nil: it was not there
	config    asyncz.Config
	applied   map[declared]string // what the stores have got, in JSON
	behind    bool                // they have not got all of config
}

// newReloader returns one for a file that said this text, which the stores have
// got already.
func newReloader(s *asyncz.Scheduler, logger *slog.Logger, file string, text []byte, config asyncz.Config) (*reloader, error) {
	r := &reloader{scheduler: s, logger: logger, text: text, config: config, applied: map[declared]string{}}
	var err error
	if r.file, err = filepath.Abs(file); err != nil {
		return nil, err
	}
	all, err := declarations(config)
	for _, d := range all {
		r.applied[d.declared] = string(d.form)
	}
	return r, err
}

// follow looks at the file after each change until ctx ends.
func (r *reloader) follow(ctx context.Context, changes <-chan struct{}) {
	for {
		var again <-chan time.Time // never, when there is nothing to be done
		if r.behind {
			again = time.After(triesAgain)
		}
		select {
		case <-ctx.Done():
			return
		case <-changes:
			settle(ctx, changes)
			r.look(ctx)
		case <-again:
			r.catchUp(ctx)
		}
	}
}

// settle waits until no more changes come.
func settle(ctx context.Context, changes <-chan struct{}) {
	for {
		select {
		case <-changes:
		case <-time.After(settles):
			return
		case <-ctx.Done():
			return
		}
	}
}

// look reads the file. One that can't be changes nothing.
func (r *reloader) look(ctx context.Context) {
	text, err := os.ReadFile(r.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if r.text != nil {
			r.logger.Warn("the configuration file is gone; its tasks stay as they are", "file", r.file)
		}
		r.text = nil
		return
	case err == nil && r.text != nil && bytes.Equal(text, r.text):
		return
	}
	r.text = append([]byte{}, text...)
	var config asyncz.Config
	if err == nil {
		config, err = parseConfig(text, r.file)
	}
	if err == nil {
		err = r.check(ctx, config)
	}
	if err != nil {
		r.logger.Error("the configuration file was not taken over; the tasks stay as they are", "file", r.file, "error", oneLine(err.Error()))
		return
	}
	if r.differs(config) {
		r.logger.Warn("the configuration file has changed beside its tasks; that holds from the next start", "file", r.file)
	}
	r.config, r.behind = config, true
	r.catchUp(ctx)
}

// check looks whether each task can be, so that all of them are taken over or none.
func (r *reloader) check(ctx context.Context, config asyncz.Config) error {
	all, err := declarations(config)
	for _, d := range all {
		if r.applied[d.declared] == string(d.form) {
			continue // it could be; perhaps it can't fire any more
		}
		if _, err := r.scheduler.PreviewJSON(ctx, d.form); err != nil {
			return fmt.Errorf("tasks[%d]: %w", d.index, err)
		}
	}
	return err
}

// differs reports whether a configuration differs in more than its tasks.
func (r *reloader) differs(config asyncz.Config) bool {
	before := r.config
	before.Tasks, config.Tasks = nil, nil
	return !reflect.DeepEqual(before, config)
}

// catchUp brings to the stores what they have not got yet.
func (r *reloader) catchUp(ctx context.Context) {
	err := r.bring(ctx)
	if err != nil && ctx.Err() == nil {
		r.logger.Error("the tasks of the configuration file could not be brought to their stores; another try follows",
			"file", r.file, "in", triesAgain, "error", oneLine(err.Error()))
	}
	r.behind = err != nil
}

func (r *reloader) bring(ctx context.Context) error {
	all, err := declarations(r.config)
	if err != nil {
		return err
	}
	var added, changed, removed int
	defer func() {
		if added+changed+removed > 0 {
			r.logger.Info("took over the configuration file", "file", r.file, "added", added, "changed", changed, "removed", removed)
		}
	}()
	for _, d := range all {
		before, known := r.applied[d.declared]
		if before == string(d.form) {
			continue // what somebody has done to the task since, or that it has fired for good, stays
		}
		if _, err := r.scheduler.AddConfigured(ctx, asyncz.Config{Tasks: []json.RawMessage{d.form}}); err != nil {
			return fmt.Errorf("task %q: %w", d.id, err)
		}
		r.applied[d.declared] = string(d.form)
		if known {
			changed++
		} else {
			added++
		}
	}
	removed, err = r.prune(ctx, all)
	return err
}

// prune removes the tasks that the file has declared and does not declare any more.
func (r *reloader) prune(ctx context.Context, all []declaration) (removed int, err error) {
	wanted := map[declared]bool{}
	for _, d := range all {
		wanted[d.declared] = true
	}
	tasks, err := r.scheduler.Tasks(ctx, asyncz.Filter{})
	if err != nil {
		return 0, err
	}
	for _, t := range tasks {
		key := declared{t.Store, t.ID}
		if wanted[key] || t.Metadata[declaredIn] != r.file {
			continue
		}
		err := r.scheduler.RemoveTask(ctx, t.ID, asyncz.InStore(t.Store), asyncz.IfVersion(t.Version()))
		switch {
		case errors.Is(err, asyncz.ErrNotFound):
		case err != nil:
			return removed, err
		default:
			removed++
		}
	}
	maps.DeleteFunc(r.applied, func(key declared, _ string) bool { return !wanted[key] })
	return removed, nil
}
