package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"

	"github.com/go-asyncz/asyncz/bench/measure"
)

// Text writes the results for people: a table a case, and the targets.
func (r *Results) Text(w io.Writer) error {
	p := &printer{w: w}
	p.head(r)
	for _, c := range r.Cases {
		p.table(c)
	}
	p.verdicts(r.Verdicts)
	return p.err
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *printer) head(r *Results) {
	m := r.Machine
	p.printf("%s\n%s, %d cores, %s MiB, %s\n", r.Began.UTC().Format("2006-01-02 15:04 UTC"), m.Processor, m.Cores, humanize.Comma(int64(m.MemoryMiB)), m.Go)
	p.printf("%s\n", m.System)
	for _, name := range slices.Sorted(maps.Keys(r.Places)) {
		facts := r.Places[name]
		var all []string
		for _, fact := range slices.Sorted(maps.Keys(facts)) {
			all = append(all, fact+" "+facts[fact])
		}
		p.printf("%s: %s\n", name, strings.Join(all, ", "))
	}
	for _, s := range r.Systems {
		p.printf("%s: %s", s.Name, s.About)
		if s.Module != "" {
			p.printf("; %s %s", s.Module, s.Version)
		}
		p.printf("\n")
	}
	p.printf("Medians of up to %d repetitions, the lowest and the highest in brackets.\n", r.Reps)
}

// table has a line a system and a column a figure.
func (p *printer) table(c *Case) {
	p.printf("\n%v (load %.1f)\n", c.Case, c.Load)
	columns := c.columns()
	t := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\t%s\n", strings.Join(columns, "\t"))
	for _, row := range c.Rows {
		cells := []string{row.System}
		for _, name := range columns {
			cells = append(cells, cell(row.Figures[name]))
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	if err := t.Flush(); err != nil && p.err == nil {
		p.err = err
	}
	for _, row := range c.Rows {
		if row.Failed != "" {
			p.printf("%s: %s\n", row.System, row.Failed)
		}
	}
}

// columns are the figures that any system has, in their order.
func (c *Case) columns() (names []string) {
	for _, name := range measure.Names {
		if slices.ContainsFunc(c.Rows, func(r *Row) bool { return len(r.Figures[name]) > 0 }) {
			names = append(names, name)
		}
	}
	return names
}

func cell(s measure.Sample) string {
	switch len(s) {
	case 0:
		return "-"
	case 1:
		return number(s[0])
	default:
		return fmt.Sprintf("%s (%s–%s)", number(s.Median()), number(s.Least()), number(s.Most()))
	}
}

// number has three digits that matter, or all of those before the point.
func number(x float64) string {
	switch {
	case x == 0:
		return "0"
	case x >= 100 || x <= -100:
		return humanize.Comma(int64(x + 0.5))
	case x >= 10 || x <= -10:
		return fmt.Sprintf("%.1f", x)
	default:
		return fmt.Sprintf("%.2f", x)
	}
}

func (p *printer) verdicts(all []Verdict) {
	if len(all) == 0 {
		return
	}
	p.printf("\nTargets\n")
	t := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
	missed := 0
	for _, v := range all {
		word := "met"
		if !v.Met {
			word = "MISSED"
			missed++
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", v.Case, v.System, v.Figure, v.Target, v.measured(), word)
	}
	if err := t.Flush(); err != nil && p.err == nil {
		p.err = err
	}
	p.printf("%d of %d targets met.\n", len(all)-missed, len(all))
}
