package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
)

// outcomes are those that the history has, in the order in which --help tells them.
var outcomes = []string{
	string(asyncz.Executed), string(asyncz.Failed), string(asyncz.Missed), string(asyncz.Coalesced), string(asyncz.MaxInstancesReached),
	string(asyncz.Abandoned), string(asyncz.Cancelled), string(asyncz.Retrying), string(asyncz.Lost), string(asyncz.LostLease),
}

var sources = []string{string(asyncz.Scheduled), string(asyncz.Manual), string(asyncz.Retried), string(asyncz.Recovered)}

func (a *app) runsCommand() *cobra.Command {
	var f asyncz.RunFilter
	var when between
	var outcome []string
	var source string
	var limit int
	var out output
	cmd := &cobra.Command{
		Use: "runs [TASK]", Short: "Show the history of runs, the last to end first", Args: atMostOne("the id of a task"),
		ValidArgsFunction: a.completeTasks(1),
		Long: `Show the history of runs: one row for each attempt that has ended, and for fires that ended
without a run. Runs in flight are in list and inspect. RUN is what asyncz logs takes.

How long the history is kept is said by history in the configuration file of the
schedulers: seven days and 100,000 rows a store if it says nothing.`,
		Example: `  asyncz runs backup
  asyncz runs --outcome failed,abandoned --since 24h
  asyncz runs --since 2026-11-23 --until 2026-11-24 --limit 0 --json`,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if f.Since, f.Until, err = when.parse(time.Now()); err != nil {
			return err
		}
		for _, o := range outcome {
			if !slices.Contains(outcomes, o) {
				return usagef("--outcome: unknown outcome %q; known ones are %s", o, list(outcomes))
			}
			f.Outcomes = append(f.Outcomes, asyncz.Outcome(o))
		}
		switch {
		case source != "" && !slices.Contains(sources, source):
			return usagef("--source: unknown source %q; known ones are %s", source, list(sources))
		case limit < 0:
			return usagef("--limit: %d is negative", limit)
		}
		f.Source = asyncz.Source(source)
		f.Task = strings.Join(args, "")
		s, _, err := a.openFor(cmd, f.Store, asyncz.Unchecked())
		if err != nil {
			return err
		}
		defer s.close()
		runs, unreadable, err := s.history(cmd.Context(), f, limit)
		if err != nil {
			return err
		}
		if unreadable > 0 {
			warn(cmd, "%s of the history can't be read and %s left out", counted(unreadable, "row"), map[bool]string{true: "is", false: "are"}[unreadable == 1])
		}
		if out.isData() {
			return out.print(cmd, append([]asyncz.PastRun{}, runs...))
		}
		if len(runs) == 0 {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "no runs")
			return err
		}
		return printRuns(cmd, runs, len(s.places) > 1)
	}
	fs := cmd.Flags()
	fs.StringSliceVar(&outcome, "outcome", nil, "only runs with one of these `outcomes`: "+list(outcomes))
	fs.StringVar(&source, "source", "", "only runs from this `source`: "+list(sources))
	fs.StringVar(&f.Node, "node", "", "only runs on the `node` of this name")
	fs.StringVar(&f.Store, "in", "", "only runs of the store with this `alias`")
	fs.IntVar(&limit, "limit", 50, "show at most `n`; 0 means all")
	when.flags(cmd)
	complete(cmd, "outcome", outcomes...)
	complete(cmd, "source", sources...)
	a.completeStores(cmd, "in")
	outputFlags(cmd, &out)
	return cmd
}

// history returns so many rows, or all when it is 0.
func (s *session) history(ctx context.Context, f asyncz.RunFilter, limit int) (runs []asyncz.PastRun, unreadable int, err error) {
	for {
		f.Limit = asyncz.MostRunsPage
		if limit > 0 {
			f.Limit = min(limit-len(runs), f.Limit)
		}
		page, err := s.Runs(ctx, f)
		if err != nil {
			return nil, 0, err
		}
		runs, unreadable = append(runs, page.Runs...), unreadable+page.Unreadable
		if page.Next == "" || limit > 0 && len(runs) >= limit {
			return runs, unreadable, nil
		}
		f.After = page.Next
	}
}

func printRuns(cmd *cobra.Command, runs []asyncz.PastRun, severalStores bool) error {
	now := time.Now()
	t := &table{head: []string{"RUN", "OUTCOME", "ENDED", "TOOK", "SOURCE", "ATTEMPT", "NODE", "ERROR"}}
	if severalStores {
		t.head = append(t.head, "STORE")
	}
	for _, r := range runs {
		outcome, took, attempt := string(r.Outcome), "", ""
		if r.Count > 1 {
			outcome += fmt.Sprintf(" ×%d", r.Count)
		}
		if !r.Started.IsZero() {
			took = span(r.Duration())
		}
		if r.Attempt > 0 {
			attempt = fmt.Sprint(r.Attempt)
		}
		node, _, _ := strings.Cut(r.Node, "/")
		row := []cell{
			{oneLine(r.ID()), strong}, {outcome, outcomeStyle(r.Outcome)}, {moment(r.Ended, now), faint}, {text: took}, {text: string(r.Source)},
			{text: attempt}, {oneLine(node), faint}, {oneLine(r.Error), bad},
		}
		if severalStores {
			row = append(row, cell{text: r.Store})
		}
		t.rows = append(t.rows, row)
	}
	return printStyled(cmd.OutOrStdout(), t.render(terminalWidth(cmd.OutOrStdout())))
}

// A between holds the flags that say between which times.
type between struct{ since, until string }

func (b *between) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&b.since, "since", "", "only from this `time` on: 2026-11-23T02:00:00, or 24h for so long ago")
	cmd.Flags().StringVar(&b.until, "until", "", "only before this `time`")
}

func (b *between) parse(now time.Time) (since, until time.Time, err error) {
	if since, err = pastTime("--since", b.since, now); err != nil {
		return since, until, err
	}
	if until, err = pastTime("--until", b.until, now); err != nil {
		return since, until, err
	}
	if !since.IsZero() && !until.IsZero() && !since.Before(until) {
		return since, until, usagef("--since %s is not before --until %s", b.since, b.until)
	}
	return since, until, nil
}

// pastTime reads a time, or a duration that says how long ago it was.
func pastTime(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := parseDuration(flag, text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	at, err := parseTime(flag, text, time.Local, now)
	if err != nil || strings.HasPrefix(text, "+") {
		return at, usagef("%s: %q is neither a time nor a duration; write 2026-11-23T02:00:00, or 24h for so long ago", flag, text)
	}
	return at, nil
}
