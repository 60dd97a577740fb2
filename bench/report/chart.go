package report

import (
	"errors"
	"image/color"
	"io"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Colours of the bars: ours, those of baselines, and those of peers.
var (
	colourOurs     = color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}
	colourBaseline = color.RGBA{R: 0xa0, G: 0xa0, B: 0xa0, A: 0xff}
	colourPeers    = color.RGBA{R: 0xf2, G: 0xa5, B: 0x4a, A: 0xff}
)

const (
	chartColumns = 3
	panelWidth   = 12 * vg.Centimeter
	panelMargin  = 2.2 * vg.Centimeter // title and axis
	panelBar     = 0.62 * vg.Centimeter
)

// ErrNothing: there is nothing to draw.
var ErrNothing = errors.New("there is nothing to draw")

// Chart draws cases as SVG, a panel each: the figure that stands for the case, a bar
// for the median of each system, and a line from its lowest to its highest.
func (r *Results) Chart(w io.Writer, cases []*Case) error {
	var panels []*plot.Plot
	most := 0
	for _, c := range cases {
		if len(c.columns()) == 0 {
			continue
		}
		p, err := r.panel(c)
		if err != nil {
			return err
		}
		panels, most = append(panels, p), max(most, len(c.Rows))
	}
	if len(panels) == 0 {
		return ErrNothing
	}
	columns := min(chartColumns, len(panels))
	rows := (len(panels) + columns - 1) / columns
	canvas := vgsvg.New(vg.Length(columns)*panelWidth, vg.Length(rows)*(panelMargin+vg.Length(most)*panelBar))
	tiles := draw.Tiles{Rows: rows, Cols: columns, PadX: 6 * vg.Millimeter, PadY: 6 * vg.Millimeter,
		PadTop: 3 * vg.Millimeter, PadBottom: 3 * vg.Millimeter, PadLeft: 3 * vg.Millimeter, PadRight: 3 * vg.Millimeter}
	area := draw.New(canvas)
	area.SetColor(color.White) // pages may be dark
	area.Fill(area.Path())
	for i, p := range panels {
		p.Draw(tiles.At(area, i%columns, i/columns))
	}
	_, err := canvas.WriteTo(w)
	return err
}

// Headline are the cases of which something is asked that their charts show.
func (r *Results) Headline() (cases []*Case) {
	for _, c := range r.Cases {
		if slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return v.Case == c.String() && v.Figure == c.Shows }) {
			cases = append(cases, c)
		}
	}
	return cases
}

func (r *Results) panel(c *Case) (*plot.Plot, error) {
	p := plot.New()
	for _, font := range []*font.Font{&p.Title.TextStyle.Font, &p.X.Label.TextStyle.Font, &p.X.Tick.Label.Font, &p.Y.Tick.Label.Font} {
		font.Variant = "Sans"
	}
	p.X.Tick.Marker = plot.TickerFunc(ticks)
	p.Title.Text = c.String()
	p.X.Label.Text = strings.ReplaceAll(c.Shows, "_", " ")
	p.X.Min = 0
	rows := slices.Clone(c.Rows)
	slices.Reverse(rows) // the first is drawn lowest
	names, end := make([]string, len(rows)), 0.0
	labels := plotter.XYLabels{XYs: make(plotter.XYs, len(rows)), Labels: make([]string, len(rows))}
	var lines spreads
	for i, row := range rows {
		names[i] = row.System + "  "
		s := row.Figures[c.Shows]
		labels.XYs[i].Y, labels.Labels[i] = float64(i), row.Failed
		if len(s) == 0 {
			continue
		}
		bar, err := plotter.NewBarChart(plotter.Values{s.Median()}, panelBar*0.6)
		if err != nil {
			return nil, err
		}
		bar.Horizontal, bar.XMin, bar.Color, bar.LineStyle.Width = true, float64(i), r.colour(row.System), 0
		p.Add(bar)
		lines = append(lines, spread{float64(i), s.Median(), s.Least(), s.Most()})
		labels.XYs[i].X, labels.Labels[i] = s.Most(), number(s.Median())
		end = max(end, s.Most())
	}
	bars, err := plotter.NewXErrorBars(lines)
	if err != nil {
		return nil, err
	}
	texts, err := plotter.NewLabels(labels)
	if err != nil {
		return nil, err
	}
	for i := range texts.TextStyle {
		texts.TextStyle[i].Font.Variant = "Sans"
	}
	texts.Offset = vg.Point{X: 3, Y: -3}
	p.Add(bars, texts)
	p.NominalY(names...)
	p.Y.Min, p.Y.Max = -0.6, float64(len(rows))-0.4
	p.X.Max = end * 1.35 // room for the numbers
	if p.X.Max == 0 || math.IsNaN(p.X.Max) {
		p.X.Max = 1
	}
	return p, nil
}

// ticks are few, and their numbers are those of the text.
func ticks(least, most float64) []plot.Tick {
	all := plot.DefaultTicks{}.Ticks(least, most)
	for i := range all {
		if !all[i].IsMinor() {
			all[i].Label = number(all[i].Value)
		}
	}
	return all
}

// colour goes by what a system is: ours are those of this project's module, and a
// baseline has none.
func (r *Results) colour(system string) color.Color {
	for _, s := range r.Systems {
		switch {
		case s.Name != system:
		case s.Module == "":
			return colourBaseline
		case strings.HasPrefix(s.Module, "github.com/go-asyncz/"):
			return colourOurs
		}
	}
	return colourPeers
}

// Spreads are points with the ends of their lines.
type spreads []spread

type spread struct{ y, median, least, most float64 }

func (s spreads) Len() int                { return len(s) }
func (s spreads) XY(i int) (x, y float64) { return s[i].median, s[i].y }
func (s spreads) XError(i int) (float64, float64) {
	return s[i].median - s[i].least, s[i].most - s[i].median
}
