package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
)

func (a *app) logsCommand() *cobra.Command {
	var in string
	var follow bool
	var out output
	cmd := &cobra.Command{
		Use: "logs RUN", Short: "Show what a run has written and logged", Args: exactly(1, "the id of a run or of a task"),
		ValidArgsFunction: a.completeTasks(1),
		Long: `Show what a run has logged and written, of each of its attempts, and how it ended. A run is
named as asyncz runs shows it: TASK@TIME. The id of a task alone means its latest run.

With --follow the command goes on until the run has ended, with all its retries; the exit
code is 1 when it has not done its work. Ctrl-C ends the command, not the run. What is
shown of a run on another process is a second or two old.

What a run says is kept up to 64 KiB: the beginning and the end.`,
		Example: `  asyncz logs backup
  asyncz logs backup@2026-11-23T02:00:00Z --follow`,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, where, err := a.openFor(cmd, in, asyncz.Unchecked())
		if err != nil {
			return err
		}
		defer s.close()
		id, known, err := s.runNamed(cmd.Context(), args[0], in, where)
		if err != nil {
			return err
		}
		var w teller
		if !out.isData() {
			w = teller{out: cmd.OutOrStdout(), err: cmd.ErrOrStderr()}
		}
		detail, err := s.logs(cmd.Context(), id, where, follow, known, &w)
		if err == nil && out.isData() {
			err = out.print(cmd, detail)
		}
		if end := final(detail); err == nil && follow && (end == nil || end.Outcome != asyncz.Executed) {
			err = exit(ExitFailure)
		}
		return err
	}
	a.inFlag(cmd, &in)
	cmd.Flags().BoolVar(&follow, "follow", false, "go on until the run has ended")
	outputFlags(cmd, &out)
	return cmd
}

// runNamed returns the id of a run: the one given, or the latest of the task whose
// id is given. It is known when the task tells of it, though its history may not yet.
func (s *session) runNamed(ctx context.Context, name, in string, where []asyncz.TaskOption) (id string, known bool, err error) {
	id, task := "", name
	if t, _, err := asyncz.ParseRunID(name); err == nil {
		id, task = name, t
	}
	t, err := s.Task(ctx, task, where...)
	if err == nil {
		for _, r := range slices.Backward(t.Runs) {
			if id == "" || id == r.ID() {
				return r.ID(), true, nil
			}
		}
		if t.Last != nil && (id == "" || id == t.Last.Run.ID()) {
			return t.Last.Run.ID(), true, nil
		}
	}
	if id != "" { // perhaps the history has it
		return id, false, nil
	}
	page, fault := s.Runs(ctx, asyncz.RunFilter{Task: task, Store: in, Limit: 1})
	switch {
	case fault == nil && len(page.Runs) > 0:
		return page.Runs[0].ID(), true, nil
	case err == nil && fault == nil:
		err = fmt.Errorf("task %q: it has not run yet", task)
	}
	return "", false, cmp.Or(err, fault)
}

// final returns how the run ended; nil: it has not, or the history does not tell.
func final(d asyncz.RunDetail) *asyncz.PastRun {
	for i, a := range slices.Backward(d.Attempts) {
		switch a.Outcome {
		case asyncz.Retrying, asyncz.Lost, asyncz.LostLease:
		default:
			return &d.Attempts[i]
		}
	}
	return nil
}

// rowComes is how long after a run is gone its row in the history may come.
const rowComes = 5 * time.Second

// logs tells what a run has said, and with follow what it says until it has ended.
// One that is known is waited for.
func (s *session) logs(ctx context.Context, id string, where []asyncz.TaskOption, follow, known bool, w *teller) (asyncz.RunDetail, error) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for seen := time.Now(); ; {
		d, err := s.FindRun(ctx, id, where...)
		if err != nil && !errors.Is(err, asyncz.ErrNotFound) {
			return d, err
		}
		if err == nil {
			w.tell(d)
		}
		switch {
		case final(d) != nil, d.InFlight != nil && !follow:
			return d, nil
		case d.InFlight != nil:
			known, seen = true, time.Now()
		case !known:
			return d, err
		case time.Since(seen) > rowComes:
			return d, fmt.Errorf("run %q: it is not in flight any more, and the history does not tell how it ended", id)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return d, ctx.Err()
		}
	}
}
