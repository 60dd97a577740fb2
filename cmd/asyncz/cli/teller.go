package cli

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz"
)

// A teller writes what a run says as it becomes known. What was said goes to out,
// how attempts ended to err.
type teller struct {
	out, err io.Writer // nil: nothing is told
	ended    int       // attempts that are told whole
	output   string    // of the attempt that is told of now
	lines    int
	waits    bool
}

func (t *teller) tell(d asyncz.RunDetail) {
	if t.out == nil {
		return
	}
	for _, a := range d.Attempts[min(t.ended, len(d.Attempts)):] {
		t.said(a.Output, a.Logs)
		t.end(a)
		t.ended++
		t.output, t.lines, t.waits = "", 0, false
	}
	if r := d.InFlight; r != nil {
		t.said(d.Output, d.Logs)
		if r.Node == "" && !t.waits {
			t.waits = true
			t.note(faint.Render("waiting: ") + runLine(*r, time.Now()))
		}
	}
}

// said writes what is new: lines of the log, then output.
func (t *teller) said(output string, lines []asyncz.LogLine) {
	for _, l := range lines[min(t.lines, len(lines)):] {
		style := faint
		switch {
		case l.Level >= slog.LevelError:
			style = bad
		case l.Level >= slog.LevelWarn:
			style = doubt
		}
		_ = printStyled(t.out, strings.TrimSpace(fmt.Sprintf("%s %s %s %s",
			faint.Render(l.Time.Local().Format("15:04:05.000")), style.Render(fmt.Sprintf("%-5s", l.Level)), oneLine(l.Message), faint.Render(oneLine(l.Attrs)))))
	}
	t.lines = max(t.lines, len(lines))
	fresh, grown := strings.CutPrefix(output, t.output)
	if !grown { // its middle was cut out
		if output == "" {
			return
		}
		t.note(faint.Render("… some output is left out …"))
		fresh = output[min(common(t.output, output), len(output)):]
	}
	t.output = output
	if fresh != "" {
		_, _ = io.WriteString(t.out, harmless(fresh))
	}
}

// common is how many bytes two texts have in common at their beginning.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// end tells how an attempt ended.
func (t *teller) end(a asyncz.PastRun) {
	if t.output != "" && !strings.HasSuffix(t.output, "\n") {
		_, _ = io.WriteString(t.out, "\n")
	}
	head := outcomeStyle(a.Outcome).Render(string(a.Outcome)) + " " + moment(a.Ended, time.Now())
	if a.Attempt > 0 {
		head = fmt.Sprintf("attempt %d ", a.Attempt) + head
	}
	if !a.Started.IsZero() {
		head += ", took " + span(a.Duration())
	}
	if a.Node != "" {
		head += ", on " + oneLine(a.Node)
	}
	if a.Cut > 0 {
		head += fmt.Sprintf(", %d bytes of what it said were left out", a.Cut)
	}
	if a.Error != "" {
		head += ": " + bad.Render(oneLine(a.Error))
	}
	t.note(head)
	if a.Stack != "" {
		t.note(strings.TrimRight(harmless(a.Stack), "\n"))
	}
}

func (t *teller) note(text string) { _ = printStyled(t.err, text) }

// harmless is a text of several lines without what would speak to the terminal.
func harmless(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, text)
}
