package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
)

func (a *app) statusCommand() *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use: "status", Short: "Tell how all is going on the stores; exit code 1 if something keeps tasks from being run", Args: none,
		Long: `Count the tasks, the runs and the nodes of each store, whoever works on it, and tell
what somebody should look at, the worst first.

The exit code is 1 when there is a problem, which is what keeps tasks from being run: no
node that takes work (no_node), tasks that are due for more than a minute (overdue), tasks
that can't be read (unreadable). Warnings leave it at 0: a node that has not been seen for
longer than its lease (stale_node), one whose row can't be read (unreadable_node), a clock
that is wrong by more than a second (clock), a store that does not know its nodes
(unlisted_nodes).`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, _, err := a.openFor(cmd, "", asyncz.Unchecked())
		if err != nil {
			return err
		}
		defer s.close()
		st, err := s.Status(cmd.Context())
		if err != nil {
			return err
		}
		st.Stores = slices.DeleteFunc(st.Stores, func(one asyncz.StoreStatus) bool { return !s.has(one.Store) })
		if out.isData() {
			err = out.print(cmd, st)
		} else {
			err = printStatus(cmd, s, st)
		}
		if err == nil && len(st.Problems) > 0 {
			err = exit(ExitFailure)
		}
		return err
	}
	outputFlags(cmd, &out)
	return cmd
}

func printStatus(cmd *cobra.Command, s *session, st asyncz.Status) error {
	sheet := &sheet{}
	finding := func(label string, f asyncz.Finding) {
		about := f.Problem + " in " + f.Store
		if f.Task != "" {
			about += ", " + oneLine(f.Task)
		}
		fmt.Fprintf(sheet, "%s %s: %s\n", label, about, oneLine(f.Detail))
	}
	for _, f := range st.Problems {
		finding(bad.Render("problem"), f)
	}
	for _, f := range st.Warnings {
		finding(doubt.Render("warning"), f)
	}
	if len(st.Problems)+len(st.Warnings) == 0 {
		fmt.Fprintln(sheet, good.Render("all is well"))
	}
	for _, one := range st.Stores {
		i := slices.IndexFunc(s.places, func(p place) bool { return p.alias == one.Store })
		fmt.Fprintf(sheet, "%s (%s)\n", strong.Render(one.Store), s.places[i].text)
		sheet.store(one, time.Now())
	}
	return printStyled(cmd.OutOrStdout(), sheet.text())
}

// store adds what there is in one store.
func (s *sheet) store(st asyncz.StoreStatus, now time.Time) {
	var parts []string
	for _, state := range states {
		if n := st.States[asyncz.ScheduleState(state)]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	tasks := fmt.Sprint(st.Tasks)
	if len(parts) > 0 {
		tasks += ": " + list(parts)
	}
	s.line("  tasks", tasks)
	due := fmt.Sprint(st.Due)
	if st.Late > 0 {
		due += ", " + bad.Render(fmt.Sprintf("%d for more than a minute", st.Late))
	}
	s.line("  due now", due)
	s.line("  runs", fmt.Sprintf("%d in flight, %d waiting", st.Running, st.Waiting))
	if st.NextTask != "" {
		s.line("  next run", moment(st.Next, now)+", "+oneLine(st.NextTask))
	}
	nodes := fmt.Sprintf("%d alive", st.Alive)
	if st.Stale > 0 {
		nodes += ", " + bad.Render(fmt.Sprintf("%d stale", st.Stale))
	}
	if !st.ListsNodes {
		nodes = doubt.Render("not known in this store")
	}
	s.line("  nodes", strings.TrimSpace(nodes))
}
