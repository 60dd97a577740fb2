package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
)

func (a *app) runCommand() *cobra.Command {
	var in string
	var follow bool
	var out output
	cmd := &cobra.Command{
		Use: "run ID...", Short: "Ask for a run now, beside the schedule", Args: ids, ValidArgsFunction: a.completeTasks(mostCompletions),
		Long: `Ask for a run now, beside the schedule and also of a paused task.
The scheduler that runs on the store carries it out; without one, the next that starts.

With --follow the command waits until the run has ended, with all its retries, and tells
how; the exit code is 1 when it has not done its work. Ctrl-C ends the wait, not the run.`,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, where, err := a.openFor(cmd, in)
		if err != nil {
			return err
		}
		defer s.close()
		var runs []asyncz.Run
		err = each(args, func(id string) error {
			run, err := s.RunTask(cmd.Context(), id, where...)
			if err != nil {
				return err
			}
			if follow {
				runs = append(runs, run)
				return nil
			}
			return printAsked(cmd, &out, run)
		})
		failed := false
		for _, run := range runs { // empty without --follow
			executed, fault := s.follow(cmd, &out, run)
			err, failed = errors.Join(err, fault), failed || !executed
		}
		if err == nil && failed {
			err = exit(ExitFailure)
		}
		return err
	}
	a.inFlag(cmd, &in)
	cmd.Flags().BoolVar(&follow, "follow", false, "wait until the run has ended, and tell how")
	outputFlags(cmd, &out)
	return cmd
}

func printAsked(cmd *cobra.Command, out *output, run asyncz.Run) error {
	if out.isData() {
		return out.print(cmd, struct {
			ID string `json:"id"`
			asyncz.Run
		}{run.ID(), run})
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "asked for a run of %s as of %s\n", run.Task, clock(run.Scheduled, time.Local))
	return err
}

const (
	lookEvery = 200 * time.Millisecond // for the end of a run
	doubtful  = 5 * time.Second        // after which somebody should have begun with it
)

// follow waits for the end of a run, tells how it was, and returns whether it
// has done its work.
func (s *session) follow(cmd *cobra.Command, out *output, run asyncz.Run) (executed bool, err error) {
	last, err := s.ended(cmd.Context(), run, func() {
		warn(cmd, "the run of %s has not begun yet; is a scheduler running on its store?", run.Task)
	})
	if err != nil {
		return false, err
	}
	if out.isData() {
		err = out.print(cmd, struct {
			ID string `json:"id"`
			*asyncz.LastRun
		}{run.ID(), last})
	} else {
		var text sheet
		text.line("id", oneLine(run.Task), strong)
		text.last(last, time.Now())
		err = printStyled(cmd.OutOrStdout(), text.text())
	}
	return last.Outcome == asyncz.Executed, err
}

// ended waits for the end of a run. It calls late once, when the run takes long
// to begin.
func (s *session) ended(ctx context.Context, run asyncz.Run, late func()) (*asyncz.LastRun, error) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for began := time.Now(); ; {
		task, err := s.Task(ctx, run.Task, asyncz.InStore(run.Store))
		if errors.Is(err, asyncz.ErrNotFound) {
			return s.fromHistory(ctx, run, "it is gone, and with it how its run has ended")
		}
		if err != nil {
			return nil, err
		}
		same := func(r asyncz.Run) bool { return r.Scheduled.Equal(run.Scheduled) }
		switch i := slices.IndexFunc(task.Runs, same); {
		case i < 0 && task.Last != nil && same(task.Last.Run):
			return task.Last, nil
		case i < 0:
			return s.fromHistory(ctx, run, "the run has ended, and another since, so that it isn't known how")
		case task.Runs[i].Node == "" && task.Runs[i].Attempt == 0 && late != nil && time.Since(began) > doubtful:
			late()
			late = nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// fromHistory returns how a run has ended of which its task does not tell any more,
// and else the error that otherwise says.
func (s *session) fromHistory(ctx context.Context, run asyncz.Run, otherwise string) (*asyncz.LastRun, error) {
	d, err := s.logs(ctx, run.ID(), []asyncz.TaskOption{asyncz.InStore(run.Store)}, true, true, &teller{})
	if err != nil {
		return nil, fmt.Errorf("task %q: %s", run.Task, otherwise)
	}
	row := final(d)
	return &asyncz.LastRun{Run: row.Run, Outcome: row.Outcome, Ended: row.Ended, Error: row.Error, Result: row.Result}, nil
}
