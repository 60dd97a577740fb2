package trigger_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/trigger"
)

// Days before something happens to the clocks of these zones, and one at rest.
var restless = []struct{ zone, day string }{
	{newYork, "2026-03-07"}, {newYork, "2026-10-31"}, {london, "2026-03-28"}, {london, "2026-10-24"},
	{lordHowe, "2026-04-04"}, {lordHowe, "2026-10-03"}, {saoPaulo, "2018-11-03"}, {saoPaulo, "2019-02-15"},
	{apia, "2011-12-28"}, {apia, "2012-03-31"}, {"UTC", "2028-02-28"}, {"Africa/Casablanca", "2026-02-14"},
	{"Europe/Dublin", "2026-03-28"}, {"Pacific/Kwajalein", "1993-08-20"}, {"America/Caracas", "2016-04-30"},
	{"Asia/Pyongyang", "2018-05-03"}, {"Antarctica/Troll", "2026-03-28"}, {newYork, "2500-03-13"}, {london, "2899-10-24"},
}

// agrees compares a trigger with the reference around a change of the clocks.
func agrees(t *testing.T, expression string, place int) {
	t.Helper()
	ref, errRef := newReference(expression)
	where := restless[place%len(restless)]
	loc := location(t, where.zone)
	tr, err := trigger.Cron(expression, trigger.In(loc))
	switch {
	case errRef != nil && err == nil && strings.ContainsAny(expression, "@LlWw#"):
		return // more than the reference knows
	case errRef != nil && err != nil:
		return
	case errRef != nil:
		if len(words(expression)) == 5 {
			t.Fatalf("%q is accepted; the reference says %v", expression, errRef)
		}
		return
	case err != nil:
		if !strings.Contains(err.Error(), "never match") && len(expression) <= 1000 {
			t.Fatalf("%q is refused: %v", expression, err)
		}
		return
	}
	from := at(t, where.day+"T00:00:00Z")
	end := from.Add(4 * 24 * time.Hour)
	want := ref.instants(loc, from, end)
	prev := time.Time{}
	for i := 0; ; i++ {
		next, ok := tr.Next(prev, from)
		inside := ok && next.Before(end)
		if ok && !prev.IsZero() && !next.After(prev) {
			t.Fatalf("%q in %v: %v follows %v", expression, loc, next, prev)
		}
		if inside != (i < len(want)) || inside && !next.Equal(want[i]) {
			t.Fatalf("%q in %v: instant %d is %v (%v), want %v", expression, loc, i, next, ok, want[min(i, len(want)):min(i+1, len(want))])
		}
		if !inside {
			break
		}
		prev = next
	}
	jumps(t, tr, from, end, want)
}

// jumps compares Jump with the instants in spans that begin and end in any of them.
func jumps(t *testing.T, tr trigger.Trigger, from, end time.Time, want []time.Time) {
	t.Helper()
	spans := [][2]time.Time{{from.Add(-1), end.Add(-1)}, {from.Add(37 * time.Hour), end.Add(-29 * time.Hour)}, {from.Add(49*time.Hour + 7*time.Minute), end.Add(-40 * time.Hour)}}
	for _, s := range spans {
		n, last := 0, time.Time{}
		for _, w := range want {
			if w.After(s[0]) && !w.After(s[1]) {
				n, last = n+1, w
			}
		}
		gotLast, got := tr.(trigger.Jumper).Jump(s[0], s[1])
		if got != n || n > 0 && !gotLast.Equal(last) {
			t.Fatalf("%v: Jump(%v, %v) = %v, %d; walking gives %v, %d", tr, s[0], s[1], gotLast, got, last, n)
		}
	}
}

// randomExpression writes five fields that people could write.
func randomExpression(r *rand.Rand) string {
	fields := make([]string, 5)
	for i := range fields {
		low, high := referenceLow[i], referenceHigh[i]
		number := func() int { return low + r.IntN(high-low+1) }
		switch r.IntN(6) {
		case 0:
			fields[i] = fmt.Sprint(number())
		case 1:
			fields[i] = fmt.Sprintf("%d-%d", number(), number())
		case 2:
			fields[i] = fmt.Sprintf("*/%d", 1+r.IntN(high-low))
		case 3:
			fields[i] = fmt.Sprintf("%d,%d", number(), number())
		default:
			fields[i] = "*"
		}
	}
	if r.IntN(2) == 0 {
		fields[1] = []string{"0", "1", "2", "3", "23", "1-3", "*/2", "0-4/2", "23-2"}[r.IntN(9)]
		fields[2], fields[3] = "*", "*"
	}
	return strings.Join(fields, " ")
}

func TestCronAgreesWithWalkingTheClock(t *testing.T) {
	t.Parallel()
	for place := range restless {
		t.Run(restless[place].zone+restless[place].day, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, uint64(place)))
			for range 12 {
				agrees(t, randomExpression(r), place)
			}
		})
	}
}

func FuzzCronExpression(f *testing.F) {
	for i, c := range clockChanges {
		f.Add(c.expression, uint8(i))
	}
	for i, e := range []string{"22-2 * * * fri-mon", "0 0 LW * 5L", "0 0 15W * fri#2", "1/7 */2 1-31/3 jan 7", "@every 1h", "0 0 12 ? * MON", "59 59 23 31 12 *"} {
		f.Add(e, uint8(i))
	}
	f.Fuzz(func(t *testing.T, expression string, place uint8) {
		agrees(t, expression, int(place))
		for _, options := range [][]trigger.Option{nil, {trigger.Quartz()}, {trigger.FoldBoth(), trigger.SkipGap()}} {
			tr, err := trigger.Cron(expression, options...)
			if err != nil {
				continue
			}
			survives(t, tr)
		}
	})
}

// survives writes a trigger, reads it and compares the two.
func survives(t *testing.T, tr trigger.Trigger) {
	t.Helper()
	form, err := json.Marshal(tr)
	if err != nil {
		t.Fatal(err)
	}
	again, err := trigger.Parse(form)
	if err != nil {
		t.Fatalf("Parse(%s): %v", form, err)
	}
	if !trigger.Equal(tr, again) || tr.String() != again.String() || tr.Type() != again.Type() {
		t.Fatalf("%s comes back as %v, was %v", form, again, tr)
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a, b := trigger.Preview(tr, from, 3), trigger.Preview(again, from, 3)
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Fatalf("%s fires at %v, before at %v", form, b, a)
	}
	for i := 1; i < len(a); i++ {
		if !a[i].After(a[i-1]) {
			t.Fatalf("%s: %v follows %v", form, a[i], a[i-1])
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range forms {
		f.Add([]byte(c.form))
	}
	for _, c := range badForms {
		f.Add([]byte(c.form))
	}
	f.Fuzz(func(t *testing.T, form []byte) {
		if tr, err := trigger.Parse(form); err == nil {
			survives(t, tr)
		}
	})
}
