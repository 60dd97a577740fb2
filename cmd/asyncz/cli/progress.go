package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
)

// A progress tells how far a long piece of work is: as a bar on a terminal, and
// elsewhere as a line now and then.
type progress struct {
	w    io.Writer
	bar  *progressbar.ProgressBar // nil: lines
	what string
	told time.Time // when the last line was written
}

// lineEvery is the time between two lines.
const lineEvery = 10 * time.Second

// newProgress returns a progress over total records; width is that of the
// terminal, 0 for none.
func newProgress(w io.Writer, width, total int, what string) *progress {
	p := &progress{w: w, what: what, told: time.Now()}
	if width > 0 {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what), progressbar.OptionSetWidth(min(40, width/3)),
			progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetTheme(progressbar.ThemeASCII), progressbar.OptionUseANSICodes(true))
	}
	return p
}

// step tells that so many records are done.
func (p *progress) step(done int) {
	switch {
	case p.bar != nil:
		if done > p.bar.GetMax() { // some came in the meantime
			p.bar.ChangeMax(done + 1)
		}
		_ = p.bar.Set(done) // a bar that can't be drawn hinders nothing
	case time.Since(p.told) >= lineEvery:
		p.told = time.Now()
		fmt.Fprintf(p.w, "%s: %s so far\n", p.what, counted(done, "record"))
	}
}

// line writes a line without harm to the bar.
func (p *progress) line(format string, args ...any) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	fmt.Fprintf(p.w, format+"\n", args...)
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Exit()
		_ = p.bar.Clear()
	}
}

// progressOver returns one over the records of a store. They are counted only
// where there is a bar to fill.
func (s *session) progressOver(cmd *cobra.Command, alias, what string) (*progress, error) {
	stderr, total := cmd.ErrOrStderr(), 0
	width := terminalWidth(stderr)
	if width > 0 {
		var err error
		if total, err = s.here.CountTasks(cmd.Context(), alias); err != nil {
			return nil, err
		}
	}
	return newProgress(stderr, width, total, what), nil
}
