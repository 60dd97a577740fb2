package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/scenario"
)

// Markdown writes the targets, and a table a scenario, for a page of documentation.
func (r *Results) Markdown(w io.Writer) error {
	p := &printer{w: w}
	if len(r.Verdicts) > 0 {
		p.printf("### Targets\n\n")
		p.line("case", "system", "figure", "target", "measured", "")
		p.rule(6)
		for _, v := range r.Verdicts {
			p.line(v.Case, v.System, v.Figure, v.Target, v.measured(), v.word())
		}
		p.printf("\n")
	}
	p.printf("### Figures\n")
	for _, cases := range r.scenarios() {
		p.scenario(cases)
	}
	return p.err
}

// scenarios are the cases by their scenarios, in the order of these.
func (r *Results) scenarios() (all [][]*Case) {
	for _, s := range scenario.All {
		cases := slices.DeleteFunc(slices.Clone(r.Cases), func(c *Case) bool { return c.Scenario != s.Name })
		if len(cases) > 0 {
			all = append(all, cases)
		}
	}
	return all
}

// scenario has a line a system and case, and a column a figure that any of them has.
func (p *printer) scenario(cases []*Case) {
	s, _ := scenario.Find(cases[0].Scenario)
	columns := slices.DeleteFunc(slices.Clone(measure.Names), func(name string) bool {
		return !slices.ContainsFunc(cases, func(c *Case) bool { return slices.Contains(c.columns(), name) })
	})
	p.printf("\n#### %s\n\n%s.\n\n", s.Name, strings.ToUpper(s.About[:1])+s.About[1:])
	p.line(append([]string{"case", "system"}, heads(columns)...)...)
	p.rule(2 + len(columns))
	for _, c := range cases {
		name := c.short()
		for _, row := range c.Rows {
			p.line(append([]string{name, row.System}, row.cells(columns)...)...)
			name = "" // is told once
		}
	}
}

// short names a case within its scenario.
func (c *Case) short() string {
	parts := []string{c.Place, c.Kind}
	if c.Size > 0 {
		parts = append(parts, humanize.Comma(int64(c.Size)))
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// cells are the figures; a system that has none says in the first why.
func (r *Row) cells(columns []string) (all []string) {
	for _, name := range columns {
		text := ""
		if s := r.Figures[name]; len(s) > 0 {
			text = cell(s)
		}
		all = append(all, text)
	}
	if len(r.Figures) == 0 {
		all[0] = cmp.Or(r.Failed, "not measured")
	}
	return all
}

// heads are the names of figures with their units apart.
func heads(columns []string) (all []string) {
	words := strings.NewReplacer("cpu_percent", "processor %", "server_cpu_percent", "server's %", "per_second", "a second", "_", " ", "mib", "MiB")
	for _, name := range columns {
		all = append(all, words.Replace(name))
	}
	return all
}

func (v Verdict) measured() string {
	text := number(v.Median)
	if v.Other != 0 {
		text = fmt.Sprintf("%s: %.2f × %s", text, v.Value, number(v.Other))
	}
	return text
}

func (v Verdict) word() string {
	if v.Met {
		return "met"
	}
	return "**missed**"
}

// line is a line of a table. A bar in a cell would end it.
func (p *printer) line(cells ...string) {
	for i, text := range cells {
		cells[i] = strings.ReplaceAll(text, "|", `\|`)
	}
	p.printf("| %s |\n", strings.Join(cells, " | "))
}

func (p *printer) rule(columns int) { p.printf("|%s\n", strings.Repeat("---|", columns)) }
