package cli

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

var states = []string{
	string(asyncz.StateScheduled), string(asyncz.StatePending), string(asyncz.StatePaused), string(asyncz.StateUnreadable),
}

func (a *app) listCommand() *cobra.Command {
	var f asyncz.Filter
	var state string
	var out output
	cmd := &cobra.Command{
		Use: "list", Short: "List the tasks", Args: none,
		Example: `  asyncz list --state paused
  asyncz list --text backup --sort name --json`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		f.State = asyncz.ScheduleState(state)
		switch {
		case state != "" && !slices.Contains(states, state):
			return usagef("--state: unknown state %q; known ones are %s", state, list(states))
		case !slices.Contains(asyncz.SortKeys(), f.Sort):
			return usagef("--sort: unknown key %q; known ones are %s", f.Sort, list(asyncz.SortKeys()))
		case f.Limit < 0 || f.Offset < 0:
			return usagef("--limit %d and --offset %d must not be negative", f.Limit, f.Offset)
		}
		s, _, err := a.openFor(cmd, f.Store, asyncz.Unchecked())
		if err != nil {
			return err
		}
		defer s.close()
		tasks, err := s.Tasks(cmd.Context(), f)
		if err != nil {
			return err
		}
		if out.isData() {
			return out.print(cmd, append([]asyncz.Task{}, tasks...))
		}
		if len(tasks) == 0 {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "no tasks")
			return err
		}
		return printTasks(cmd, tasks, len(s.places) > 1)
	}
	fs := cmd.Flags()
	fs.StringVar(&state, "state", "", "only tasks in this `state`: "+list(states))
	fs.StringVar(&f.Executor, "executor", "", "only tasks of the executor with this `alias`")
	fs.StringVar(&f.Trigger, "trigger", "", "only tasks with this `type` of trigger: cron, interval, date, …")
	fs.StringVar(&f.Text, "text", "", "only tasks with this `text` in their id, name, function, arguments or trigger")
	fs.StringVar(&f.Store, "in", "", "only tasks of the store with this `alias`")
	fs.StringVar(&f.Sort, "sort", "next_run_time", "sort by a `key`: "+list(asyncz.SortKeys()))
	fs.BoolVar(&f.Reverse, "reverse", false, "the other way round")
	fs.IntVar(&f.Offset, "offset", 0, "leave out the first `n`")
	fs.IntVar(&f.Limit, "limit", 0, "show at most `n`; 0 means all")
	complete(cmd, "state", states...)
	complete(cmd, "sort", asyncz.SortKeys()...)
	complete(cmd, "trigger", trigger.Types()...)
	a.completeStores(cmd, "in")
	outputFlags(cmd, &out)
	return cmd
}

// printTasks prints a table.
func printTasks(cmd *cobra.Command, tasks []asyncz.Task, severalStores bool) error {
	now := time.Now()
	t := &table{head: []string{"ID", "STATE", "NEXT RUN", "LAST", "TRIGGER", "WHAT"}}
	if severalStores {
		t.head = append(t.head, "STORE")
	}
	for _, task := range tasks {
		id, what, when, next := oneLine(task.ID), workOf(task), "", ""
		if task.Name != "" {
			what = task.Name + ": " + what
		}
		if task.State == asyncz.StateUnreadable {
			what = oneLine(task.Err.Error())
		}
		if task.Trigger != nil {
			when = oneLine(task.Trigger.String())
		}
		if !task.NextRunTime.IsZero() {
			next = moment(task.NextRunTime, now)
		}
		row := []cell{{id, strong}, stateCell(task), {next, faint}, lastCell(task, now), {text: when}, {text: what}}
		if severalStores {
			row = append(row, cell{text: task.Store})
		}
		t.rows = append(t.rows, row)
	}
	return printStyled(cmd.OutOrStdout(), t.render(terminalWidth(cmd.OutOrStdout())))
}

func stateCell(t asyncz.Task) cell {
	text := string(t.State)
	if n := len(t.Runs); n > 0 {
		text += fmt.Sprintf(" +%d run", n)
	}
	switch t.State {
	case asyncz.StatePaused:
		return cell{text, doubt}
	case asyncz.StateUnreadable:
		return cell{text, bad}
	}
	return cell{text: text}
}

func lastCell(t asyncz.Task, now time.Time) cell {
	if t.Last == nil {
		return cell{"", faint}
	}
	return cell{string(t.Last.Outcome) + " " + relative(t.Last.Ended.Sub(now)), outcomeStyle(t.Last.Outcome)}
}
