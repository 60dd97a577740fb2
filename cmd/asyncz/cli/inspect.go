package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/command"
	"github.com/go-asyncz/asyncz/httpcall"
)

func (a *app) inspectCommand() *cobra.Command {
	var in string
	var count int
	var out output
	cmd := &cobra.Command{Use: "inspect ID", Short: "Show all that is known of a task", Args: exactly(1, "the id of a task"), ValidArgsFunction: a.completeTasks(1)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if count < 0 || count > 1000 {
			return usagef("--count: %d is not from 0 to 1000", count)
		}
		s, where, err := a.openFor(cmd, in, asyncz.Unchecked())
		if err != nil {
			return err
		}
		defer s.close()
		task, err := s.Task(cmd.Context(), args[0], where...)
		if err != nil {
			return err
		}
		fires := task.NextFires(count, time.Now())
		if !out.isData() {
			return printStyled(cmd.OutOrStdout(), describe(task, fires, time.Now()))
		}
		return printInspected(cmd, &out, task, fires)
	}
	a.inFlag(cmd, &in)
	cmd.Flags().IntVar(&count, "count", 5, "show the next `n` fires")
	outputFlags(cmd, &out)
	return cmd
}

// printInspected prints the task's own JSON form with the next fires beside it.
func printInspected(cmd *cobra.Command, out *output, task asyncz.Task, fires []time.Time) error {
	form, err := task.MarshalJSON()
	if err != nil {
		return err
	}
	fields := map[string]any{}
	if err := json.Unmarshal(form, &fields); err != nil {
		return err
	}
	fields["next_fires"] = append([]time.Time{}, fires...)
	fields["description"] = task.Trigger.String()
	return out.print(cmd, fields)
}

// A sheet is lines of a label and a text.
type sheet struct{ strings.Builder }

func (s *sheet) line(label, text string, styles ...lipgloss.Style) {
	if text == "" {
		return
	}
	for _, style := range styles {
		text = style.Render(text)
	}
	fmt.Fprintf(s, "%s %s\n", faint.Render(fmt.Sprintf("%-12s", label)), text)
}

func describe(t asyncz.Task, fires []time.Time, now time.Time) string {
	s := &sheet{}
	s.line("id", oneLine(t.ID), strong)
	s.line("name", oneLine(t.Name))
	s.line("state", string(t.State), stateCell(t).style)
	s.line("trigger", oneLine(t.Trigger.String()))
	s.line("function", t.Function)
	if work := workOf(t); work != t.Function {
		s.line("what", work)
	}
	if t.Function != commandFunction && t.Function != httpFunction && string(t.Kwargs) != "{}" {
		s.line("kwargs", oneLine(string(t.Kwargs)))
	}
	s.line("executor", t.Executor)
	s.line("store", t.Store)
	s.line("policy", policyOf(t))
	for i, at := range fires {
		label := ""
		if i == 0 {
			label = "next runs"
		}
		s.line(label, moment(at, now))
	}
	for _, r := range t.Runs {
		s.line("in flight", runLine(r, now))
	}
	if t.Last != nil {
		s.last(t.Last, now)
	}
	return s.text()
}

// text is the sheet without its last line end.
func (s *sheet) text() string { return strings.TrimSuffix(s.String(), "\n") }

func policyOf(t asyncz.Task) string {
	words := []string{fmt.Sprintf("at most %d at a time", t.MaxInstances)}
	if t.Coalesce {
		words = append(words, "late fires become one run")
	} else {
		words = append(words, fmt.Sprintf("late fires run one by one, up to %d", t.CatchUp))
	}
	if t.GraceTime > 0 {
		words = append(words, "missed when later than "+span(t.GraceTime))
	}
	if t.Timeout > 0 {
		words = append(words, "timeout "+span(t.Timeout))
	}
	if t.Attempts > 1 {
		words = append(words, fmt.Sprintf("up to %d attempts", t.Attempts))
	}
	return strings.Join(words, ", ")
}

func runLine(r asyncz.Run, now time.Time) string {
	text := clock(r.Scheduled, time.Local) + fmt.Sprintf(", %s", r.Source)
	switch {
	case r.Node != "":
		text += fmt.Sprintf(", attempt %d, on %s since %s", r.Attempt, r.Node, relative(r.Started.Sub(now)))
		if !r.Lease.IsZero() {
			text += ", lease ends " + relative(r.Lease.Sub(now))
		}
	case r.Attempt > 0:
		text += fmt.Sprintf(", waits for attempt %d %s", r.Attempt+1, relative(r.NotBefore.Sub(now)))
	default:
		text += ", waits for its start"
	}
	return text
}

func (s *sheet) last(l *asyncz.LastRun, now time.Time) {
	head := outcomeStyle(l.Outcome).Render(string(l.Outcome)) + " " + moment(l.Ended, now)
	if !l.Run.Started.IsZero() {
		head += ", took " + span(l.Ended.Sub(l.Run.Started))
	}
	s.line("last run", head+", scheduled for "+clock(l.Run.Scheduled, time.Local))
	if l.Run.Attempt > 1 {
		s.line("attempts", fmt.Sprint(l.Run.Attempt))
	}
	s.line("error", oneLine(l.Error), bad)
	output, result := resultOf(l.Result)
	s.line("result", result)
	if output == "" {
		return
	}
	for i, line := range strings.Split(strings.TrimRight(output, "\n"), "\n") {
		label := ""
		if i == 0 {
			label = "output"
		}
		s.line(label, oneLine(strings.TrimSuffix(line, "\r")))
	}
}

// resultOf splits a stored result into what was written and what else there is.
func resultOf(result json.RawMessage) (output, rest string) {
	var c command.Result
	if strictJSON(result, &c) == nil {
		rest = fmt.Sprintf("exit code %d", c.ExitCode)
		if c.Signal != "" {
			rest = "signal " + c.Signal
		}
		return c.Output, rest
	}
	var h httpcall.Result
	if strictJSON(result, &h) == nil {
		return h.Body, fmt.Sprintf("status %d", h.Status)
	}
	return "", oneLine(string(result))
}

func strictJSON(text []byte, into any) error {
	if len(text) == 0 {
		return errors.New("nothing")
	}
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}
