package cli

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/go-asyncz/asyncz"
)

// A table is rows of cells under a head.
type table struct {
	head []string
	rows [][]cell
}

type cell struct {
	text  string
	style lipgloss.Style
}

// narrowest is the least width to which a column is cut.
const narrowest = 8

const gap = "  "

// render lays the table out. In a terminal of some width no line is longer than
// that, as far as the narrowest columns allow; 0 means no limit.
func (t *table) render(width int) string {
	widths := t.fit(width)
	var b strings.Builder
	line := func(cells []cell) {
		for i, c := range cells {
			text := ansi.Truncate(c.text, widths[i], "…")
			pad := strings.Repeat(" ", widths[i]-ansi.StringWidth(text))
			if i == len(cells)-1 {
				pad = ""
			}
			b.WriteString(c.style.Render(text) + pad)
			if i < len(cells)-1 {
				b.WriteString(gap)
			}
		}
		b.WriteByte('\n')
	}
	head := make([]cell, len(t.head))
	for i, h := range t.head {
		head[i] = cell{h, faint}
	}
	line(head)
	for _, row := range t.rows {
		line(row)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// fit returns the widths of the columns: what they need, or less for the widest
// ones when there is no room.
func (t *table) fit(width int) []int {
	widths := make([]int, len(t.head))
	for i, h := range t.head {
		widths[i] = ansi.StringWidth(h)
	}
	for _, row := range t.rows {
		for i, c := range row {
			widths[i] = max(widths[i], ansi.StringWidth(c.text))
		}
	}
	if width == 0 {
		return widths
	}
	total := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for ; total > width; total-- {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= narrowest {
			break
		}
		widths[widest]--
	}
	return widths
}

func outcomeStyle(o asyncz.Outcome) lipgloss.Style {
	switch o {
	case asyncz.Executed, asyncz.Coalesced:
		return good
	case asyncz.Failed, asyncz.Abandoned, asyncz.Lost, asyncz.LostLease:
		return bad
	}
	return doubt
}
