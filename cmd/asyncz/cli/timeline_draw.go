package cli

import (
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
)

const (
	plainWidth = 100 // where there is no terminal
	idWidth    = 20  // of a timeline
	sumWidth   = 8
)

// laneWidth is how many columns a timeline has in so wide a terminal.
func laneWidth(width int) int { return max(width-idWidth-sumWidth-2*len(gap), 10) }

// heights stand for 0, 1, 2, 4, 8, … fires.
var heights = []rune(" ▁▂▃▄▅▆▇█")

func height(n int) rune { return heights[min(bits.Len(uint(max(n, 0))), len(heights)-1)] }

// draw is the picture for people.
func (t *timeline) draw(width int, severalStores bool) string {
	if t.Tasks == 0 {
		return fmt.Sprintf("no task fires until %s", clock(t.Until, time.Local))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s\n", strings.Repeat(" ", idWidth+len(gap)), faint.Render(t.axis()))
	row := func(name string, l *lane) {
		name = ansi.Truncate(oneLine(name), idWidth, "…")
		sum := fmt.Sprint(l.Fires)
		if l.About {
			sum = "~" + sum
		}
		var line strings.Builder
		for _, n := range l.Counts {
			line.WriteRune(height(n))
		}
		pad := strings.Repeat(" ", idWidth-ansi.StringWidth(name))
		fmt.Fprintf(&b, "%s%s%s%s%s%s\n", strong.Render(name), pad, gap, good.Render(line.String()), gap, faint.Render(sum))
	}
	for _, l := range t.Lanes {
		name := l.Task
		if severalStores {
			name = l.Store + "/" + l.Task
		}
		row(name, l)
	}
	if t.Others != nil {
		row(fmt.Sprintf("%d more", t.Others.Tasks), t.Others)
	}
	legend := fmt.Sprintf("a column is %s: %c one fire, %c two or three, … %c 128 or more; at the end of a lane: all its fires",
		span(t.step), heights[1], heights[2], heights[8])
	b.WriteString(faint.Render(ansi.Wordwrap(legend, width, "")))
	return b.String()
}

// axisEvery is how many columns there are from one time to the next: its text is
// shorter by three at least.
const axisEvery = 16

// axis writes times above their columns, with the day where it is another one.
func (t *timeline) axis() string {
	var b strings.Builder
	day := t.From.Local().Format(time.DateOnly)
	for i := 0; i+len("│02 Jan 15:04") <= t.columns(); i += axisEvery {
		at := t.From.Add(time.Duration(i) * t.step).Local()
		text := "│" + at.Format("15:04")
		if d := at.Format(time.DateOnly); d != day {
			text, day = "│"+at.Format("02 Jan 15:04"), d
		}
		b.WriteString(text + strings.Repeat(" ", axisEvery-len([]rune(text))))
	}
	return strings.TrimRight(b.String(), " ")
}
