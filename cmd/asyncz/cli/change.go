package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
)

// openFor opens the stores for a command on tasks that are there.
func (a *app) openFor(cmd *cobra.Command, in string, more ...asyncz.Option) (*session, []asyncz.TaskOption, error) {
	s, err := a.open(cmd.Context(), cmd.ErrOrStderr(), false, more...)
	if err != nil {
		return nil, nil, err
	}
	where, err := s.inStore(in)
	if err != nil {
		s.close()
		return nil, nil, err
	}
	return s, where, nil
}

func (a *app) pauseCommand() *cobra.Command {
	return a.changeCommand("pause", "Hold tasks back until they are resumed", "paused",
		func(ctx context.Context, s *session, id string, opts ...asyncz.TaskOption) (asyncz.Task, error) {
			return s.PauseTask(ctx, id, opts...)
		})
}

func (a *app) resumeCommand() *cobra.Command {
	return a.changeCommand("resume", "Let paused tasks go on", "resumed",
		func(ctx context.Context, s *session, id string, opts ...asyncz.TaskOption) (asyncz.Task, error) {
			return s.ResumeTask(ctx, id, opts...)
		})
}

type change func(ctx context.Context, s *session, id string, opts ...asyncz.TaskOption) (asyncz.Task, error)

// changeCommand is a command that does one thing to each of some tasks.
func (a *app) changeCommand(name, short, done string, do change) *cobra.Command {
	var in string
	var out output
	cmd := &cobra.Command{Use: name + " ID...", Short: short, Args: ids, ValidArgsFunction: a.completeTasks(mostCompletions)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, where, err := a.openFor(cmd, in)
		if err != nil {
			return err
		}
		defer s.close()
		return each(args, func(id string) error {
			task, err := do(cmd.Context(), s, id, where...)
			if err != nil {
				return err
			}
			return showTask(cmd, &out, task, done)
		})
	}
	a.inFlag(cmd, &in)
	outputFlags(cmd, &out)
	return cmd
}

func (a *app) removeCommand() *cobra.Command {
	var in string
	var out output
	cmd := &cobra.Command{Use: "remove ID...", Short: "Remove tasks, also ones that can't be read; runs that have begun may end", Args: ids,
		ValidArgsFunction: a.completeTasks(mostCompletions)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, where, err := a.openFor(cmd, in, asyncz.Unchecked())
		if err != nil {
			return err
		}
		defer s.close()
		return each(args, func(id string) error {
			if err := s.RemoveTask(cmd.Context(), id, where...); err != nil {
				return err
			}
			if out.isData() {
				return out.print(cmd, map[string]string{"removed": id})
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "removed", id)
			return err
		})
	}
	a.inFlag(cmd, &in)
	outputFlags(cmd, &out)
	return cmd
}

// each does something with each id and goes on after an error.
func each(ids []string, do func(id string) error) error {
	var errs []error
	for _, id := range ids {
		if err := do(id); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
