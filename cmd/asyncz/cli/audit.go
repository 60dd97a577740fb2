package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
)

func (a *app) auditCommand() *cobra.Command {
	var f asyncz.AuditFilter
	var when between
	var limit int
	var out output
	cmd := &cobra.Command{
		Use: "audit", Short: "Show who did what through the API and the dashboard, the last first", Args: none,
		Long: `Show who did what, or tried to, through the API and the dashboard. What is done on the store
itself, as this program does without --server, is not in it. It is kept for a year.`,
		Example: `  asyncz audit --since 7d
  asyncz audit --who anna --action task.remove`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if f.Since, f.Until, err = when.parse(time.Now()); err != nil {
			return err
		}
		if limit < 0 {
			return usagef("--limit: %d is negative", limit)
		}
		s, _, err := a.openFor(cmd, "", asyncz.Unchecked())
		if err != nil {
			return err
		}
		defer s.close()
		entries, unreadable, err := s.auditEntries(cmd.Context(), f, limit)
		if err != nil {
			return err
		}
		if unreadable > 0 {
			warn(cmd, "entries of the audit that can't be read are left out: %s", fmt.Sprint(unreadable))
		}
		switch {
		case out.isData():
			return out.print(cmd, append([]asyncz.AuditEntry{}, entries...))
		case len(entries) == 0:
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "nothing was done")
			return err
		}
		return printAudit(cmd, entries, len(s.places) > 1)
	}
	fs := cmd.Flags()
	fs.StringVar(&f.Who, "who", "", "only what the user or token of this `name` did")
	fs.StringVar(&f.Action, "action", "", "only this `action`, such as task.pause")
	fs.StringVar(&f.Task, "task", "", "only what was done to the task with this `id`")
	fs.IntVar(&limit, "limit", 50, "show at most `n`; 0 means all")
	when.flags(cmd)
	_ = cmd.RegisterFlagCompletionFunc("task", a.completeTasks(mostCompletions))
	outputFlags(cmd, &out)
	return cmd
}

// auditEntries returns so many entries, or all when it is 0.
func (s *session) auditEntries(ctx context.Context, f asyncz.AuditFilter, limit int) (entries []asyncz.AuditEntry, unreadable int, err error) {
	for {
		f.Limit = asyncz.MostRunsPage
		if limit > 0 {
			f.Limit = min(limit-len(entries), f.Limit)
		}
		page, err := s.Audit(ctx, f)
		if err != nil {
			return nil, 0, err
		}
		entries, unreadable = append(entries, page.Entries...), unreadable+page.Unreadable
		if page.Next == "" || limit > 0 && len(entries) >= limit {
			return entries, unreadable, nil
		}
		f.After = page.Next
	}
}

func printAudit(cmd *cobra.Command, entries []asyncz.AuditEntry, severalStores bool) error {
	now := time.Now()
	t := &table{head: []string{"TIME", "WHO", "VIA", "FROM", "ACTION", "TASK", "DETAIL"}}
	for _, e := range entries {
		task, detail := oneLine(e.Task), cell{text: oneLine(e.Detail)}
		if severalStores && e.Store != "" {
			task = strings.TrimSuffix(e.Store+"/"+task, "/")
		}
		if e.Error != "" {
			detail = cell{"refused: " + oneLine(e.Error), bad}
		}
		t.rows = append(t.rows, []cell{
			{moment(e.Time, now), faint}, {oneLine(e.Who), strong}, {text: oneLine(e.Via)}, {oneLine(e.From), faint},
			{text: oneLine(e.Action)}, {text: task}, detail,
		})
	}
	return printStyled(cmd.OutOrStdout(), t.render(terminalWidth(cmd.OutOrStdout())))
}
