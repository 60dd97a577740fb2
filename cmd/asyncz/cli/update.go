package cli

import (
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
)

func (a *app) updateCommand() *cobra.Command {
	var (
		w            when
		work         what
		p            policy
		in, function string
		out          output
	)
	cmd := &cobra.Command{
		Use:               "update ID [flags] [-- COMMAND [ARG...]]",
		ValidArgsFunction: a.completeTasks(1),
		Short:             "Change a task; what no flag speaks of stays as it is",
		Example: `  asyncz update backup --cron '30 2 * * *' --timezone Europe/Zurich
  asyncz update backup --timeout 2h -- pg_dump -Fc -f /var/backups/app.dump app
  asyncz update nightly --kwargs '{"older_than":"48h"}'`,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		before, after := around(cmd, args)
		if err := exactly(1, "the id of a task")(cmd, before); err != nil {
			return err
		}
		id := before[0]
		changes := map[string]any{}
		if err := p.fields(cmd.Flags(), changes); err != nil {
			return err
		}
		var named []string
		if function != "" {
			named = []string{function}
		}
		function, kwargs, err := work.parse(cmd, named, after)
		if err != nil {
			return err
		}
		t, err := w.parse(cmd.Flags(), time.Now())
		if err != nil {
			return err
		}
		if t != nil {
			changes["trigger"] = t
		}
		s, where, err := a.openFor(cmd, in)
		if err != nil {
			return err
		}
		defer s.close()
		if function == "" && cmd.Flags().Changed("kwargs") {
			if function, kwargs, err = work.newArguments(cmd, s, id, where); err != nil {
				return err
			}
		}
		if function != "" {
			changes["function"], changes["kwargs"] = function, map[string]any{}
			if kwargs != nil {
				changes["kwargs"] = kwargs
			}
		}
		if len(changes) == 0 {
			return usagef("nothing to change was given; see %s --help", cmd.CommandPath())
		}
		form, err := json.Marshal(changes)
		if err != nil {
			return err
		}
		task, err := s.UpdateTaskJSON(cmd.Context(), id, form, where...)
		if err != nil {
			return err
		}
		return showTask(cmd, &out, task, "updated")
	}
	fs := cmd.Flags()
	fs.StringVar(&function, "function", "", "call another function, by its `name`")
	a.inFlag(cmd, &in)
	outputFlags(cmd, &out)
	w.flags(fs)
	work.flags(cmd)
	p.flags(fs)
	return cmd
}

// newArguments reads --kwargs for the function that the task has already.
func (w *what) newArguments(cmd *cobra.Command, s *session, id string, where []asyncz.TaskOption) (string, []byte, error) {
	task, err := s.Task(cmd.Context(), id, where...)
	if err != nil {
		return "", nil, err
	}
	kwargs, err := w.arguments()
	if err == nil {
		err = checkCall(task.Function, kwargs)
	}
	return task.Function, kwargs, err
}
