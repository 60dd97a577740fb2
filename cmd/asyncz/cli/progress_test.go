package cli

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestProgressOnATerminalIsABarThatGoesAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		p := newProgress(&out, 80, 200, "copying")
		for i := range 100 {
			time.Sleep(10 * time.Millisecond)
			p.step(i + 1)
		}
		if got := out.String(); !strings.Contains(got, "copying") || !strings.Contains(got, "45%") || !strings.Contains(got, "91/200") {
			t.Errorf("it is shown as %q", got)
		}
		p.line("left out: %s", "a")
		if got := out.String(); !strings.HasSuffix(got, "\x1b[2K\rleft out: a\n") {
			t.Errorf("a line is written as %q", got)
		}
		p.step(150)
		p.step(250) // more than were counted
		p.end()
		if got := out.String(); !strings.HasSuffix(got, "\x1b[2K\r") {
			t.Errorf("in the end there is %q", got)
		}
	})
}

func TestProgressElsewhereIsALineNowAndThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		p := newProgress(&out, 0, 0, "copying")
		for i := range 250 {
			time.Sleep(100 * time.Millisecond)
			p.step(i + 1)
		}
		p.end()
		if got := out.String(); got != "copying: 100 records so far\ncopying: 200 records so far\n" {
			t.Errorf("got %q", got)
		}
	})
}
