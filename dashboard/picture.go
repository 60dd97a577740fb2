package dashboard

import (
	"fmt"
	"iter"
	"math"
	"strings"
	"time"
)

// A picture is lanes over time, as numbers for SVG in a space of pictureWidth.
type picture struct {
	Height float64
	Rules  []rule
	Lanes  []drawnLane
	All    []bar // how many fires all lanes have together, over time
	Most   int   // of a bar of All
	Total  int
	Now    float64 // 0: not in the picture
	Hidden int     // lanes that are not drawn
}

type (
	lane struct {
		name, link, id string
		marks          []mark
		fires          []time.Time // in place of marks, of what is to come
		more           bool        // there are further fires, uncounted, up to the end
	}
	mark struct {
		from, to    time.Time
		look        string // a class of the style sheet
		link, title string
	}
	// A rule is a line at a full hour or the like.
	rule struct {
		X  float64
		At time.Time
	}
	drawnLane struct {
		Name, Link, ID string
		Y              float64
		Count          int
		Bars           []bar
	}
	bar struct {
		X, Y, W, H  float64
		Look        string
		Opacity     string
		Link, Title string
	}
)

const (
	pictureWidth = 1000.0
	pictureLeft  = 200.0 // for names
	laneHeight   = 26.0
	topHeight    = 64.0 // of the sum of all lanes
	axisHeight   = 24.0
	bins         = 160 // of the sum, and of a lane with more marks than denseFrom
	denseFrom    = 80
)

// draw places lanes between two moments. Of many lanes those with a mark nearest
// to now are drawn, which are the first.
func draw(lanes []lane, from, to, now time.Time) picture {
	p := picture{}
	span := to.Sub(from).Seconds()
	x := func(t time.Time) float64 {
		share := math.Max(0, math.Min(1, t.Sub(from).Seconds()/span))
		return round(pictureLeft + share*(pictureWidth-pictureLeft-4))
	}
	sums := make([]int, bins)
	for i, l := range lanes {
		p.Total += l.len()
		for at := range l.times() {
			sums[bin(at, from, span)]++
		}
		if i >= laneMost {
			p.Hidden++
			continue
		}
		d := drawnLane{Name: shorten(28, l.name), Link: l.link, ID: l.id, Y: axisHeight + topHeight + float64(i)*laneHeight, Count: l.len()}
		if l.len() > denseFrom {
			d.Bars = l.dense(from, span, d.Y)
		} else {
			for m := range l.all() {
				left := x(m.from)
				d.Bars = append(d.Bars, bar{X: left, Y: d.Y + 6, W: math.Max(3, round(x(m.to)-left)), H: laneHeight - 12, Look: m.look, Link: m.link, Title: markTitle(m)})
			}
		}
		if l.more {
			left := x(l.fires[len(l.fires)-1])
			d.Bars = append(d.Bars, bar{X: left, Y: d.Y + 6, W: round(x(to) - left), H: laneHeight - 12, Look: "fire more", Title: "it goes on; more than is counted"})
		}
		p.Lanes = append(p.Lanes, d)
	}
	for _, n := range sums {
		p.Most = max(p.Most, n)
	}
	width := (pictureWidth - pictureLeft - 4) / bins
	for i, n := range sums {
		if n == 0 {
			continue
		}
		h := math.Max(2, float64(n)/float64(p.Most)*(topHeight-22))
		p.All = append(p.All, bar{X: round(pictureLeft + float64(i)*width), Y: round(axisHeight + topHeight - 12 - h), W: round(width - 1), H: round(h), Title: plural(n, "fire")})
	}
	p.Height = axisHeight + topHeight + float64(len(p.Lanes))*laneHeight + 4
	for _, at := range ruleTimes(from, to) {
		p.Rules = append(p.Rules, rule{x(at), at})
	}
	p.Now = x(now)
	return p
}

func (l lane) len() int { return len(l.marks) + len(l.fires) }

// all are the marks of a lane.
func (l lane) all() iter.Seq[mark] {
	return func(yield func(mark) bool) {
		for _, m := range l.marks {
			if !yield(m) {
				return
			}
		}
		for _, at := range l.fires {
			if !yield(mark{from: at, to: at, look: "fire"}) {
				return
			}
		}
	}
}

// times are when the marks of a lane begin.
func (l lane) times() iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		for m := range l.all() {
			if !yield(m.from) {
				return
			}
		}
	}
}

// dense draws many marks as bars the darker the more marks they hold, in the
// colour of the worst.
func (l lane) dense(from time.Time, span, y float64) []bar {
	counts, looks := make([]int, bins), make([]string, bins)
	most := 1
	for m := range l.all() {
		i := bin(m.from, from, span)
		counts[i]++
		most = max(most, counts[i])
		if looks[i] == "" || strings.HasSuffix(m.look, "bad") {
			looks[i] = m.look
		}
	}
	width := (pictureWidth - pictureLeft - 4) / bins
	var bars []bar
	for i, n := range counts {
		if n > 0 {
			bars = append(bars, bar{X: round(pictureLeft + float64(i)*width), Y: y + 6, W: round(width), H: laneHeight - 12, Look: looks[i],
				Opacity: fmt.Sprintf("%.2f", 0.3+0.7*float64(n)/float64(most)), Title: plural(n, "fire")})
		}
	}
	return bars
}

func bin(t, from time.Time, span float64) int {
	return max(0, min(bins-1, int(t.Sub(from).Seconds()/span*bins)))
}

func markTitle(m mark) string {
	if m.title == "" {
		return ""
	}
	if took := m.to.Sub(m.from); took > 0 {
		return m.title + " after " + duration(took)
	}
	return m.title
}

// ruleTimes returns round moments, about eight in the span.
func ruleTimes(from, to time.Time) []time.Time {
	step := 10 * time.Minute
	for _, s := range []time.Duration{10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour} {
		if step = s; to.Sub(from)/s <= 8 {
			break
		}
	}
	var at []time.Time
	last := to.Add(-to.Sub(from) / 16) // the label of a later one would be cut off
	for t := from.Truncate(step).Add(step); t.Before(last); t = t.Add(step) {
		at = append(at, t)
	}
	return at
}

func round(f float64) float64 { return math.Round(f*10) / 10 }

func containsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}
