package trigger_test

import (
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/trigger"
)

var benchmarks = []struct{ name, expression string }{
	{"five_minutes", "*/5 * * * *"}, {"office_days", "0 9 * * 1-5"}, {"leap_day", "0 0 29 2 *"}, {"seconds", "* * * * * *"},
}

// BenchmarkCronNext measures a step of a series in New York. Compare it with
// BenchmarkTimeDate, the least that a search by the time package would need.
func BenchmarkCronNext(b *testing.B) {
	for _, c := range benchmarks {
		b.Run(c.name, func(b *testing.B) {
			tr := trigger.MustCron(c.expression, trigger.In(location(b, newYork)))
			start := at(b, "2026-07-01T00:00:00Z")
			prev, n := start, 0
			b.ReportAllocs()
			for b.Loop() {
				prev, _ = tr.Next(prev, start)
				if n++; n%64 == 0 {
					prev = start
				}
			}
		})
	}
}

// BenchmarkTimeDate is one call of time.Date and one of Clock in New York.
func BenchmarkTimeDate(b *testing.B) {
	loc := location(b, newYork)
	n := 0
	for b.Loop() {
		n++
		h, m, s := time.Date(2026+n%16, 2, 1+n%28, n%24, 0, 0, 0, loc).Clock()
		if h+m+s < 0 {
			b.Fatal("a clock before midnight")
		}
	}
}

// BenchmarkMinuteWalk is the naive search: minute after minute.
func BenchmarkMinuteWalk(b *testing.B) {
	for _, c := range benchmarks[:2] {
		b.Run(c.name, func(b *testing.B) {
			ref, err := newReference(c.expression)
			if err != nil {
				b.Fatal(err)
			}
			loc, start := location(b, newYork), at(b, "2026-07-01T00:00:00Z")
			prev, n := start, 0
			for b.Loop() {
				for prev = prev.Add(time.Minute); !ref.matches(prev.In(loc)); {
					prev = prev.Add(time.Minute)
				}
				if n++; n%64 == 0 {
					prev = start
				}
			}
		})
	}
}

// BenchmarkCronJump catches up with a month of seconds; BenchmarkCronWalk does
// it step by step.
func BenchmarkCronJump(b *testing.B) {
	tr := trigger.MustCron("* * * * * *", trigger.In(location(b, newYork))).(trigger.Jumper)
	from, until := at(b, "2026-03-01T00:00:00Z"), at(b, "2026-04-01T00:00:00Z")
	for b.Loop() {
		if _, n := tr.Jump(from, until); n != 31*86400 {
			b.Fatal(n)
		}
	}
}

func BenchmarkCronWalk(b *testing.B) {
	tr := trigger.MustCron("* * * * * *", trigger.In(location(b, newYork)))
	until := at(b, "2026-04-01T00:00:00Z")
	for b.Loop() {
		n := 0
		for prev := at(b, "2026-03-01T00:00:00Z"); prev.Before(until); n++ {
			prev, _ = tr.Next(prev, until)
		}
		if n != 31*86400 {
			b.Fatal(n)
		}
	}
}

func BenchmarkIntervalNext(b *testing.B) {
	start := at(b, "2026-01-01T00:00:00Z")
	tr := trigger.MustEvery(time.Minute, trigger.StartAt(start))
	prev := start
	b.ReportAllocs()
	for b.Loop() {
		prev, _ = tr.Next(prev, start)
	}
}

func BenchmarkParse(b *testing.B) {
	form := []byte(`{"type":"cron","expression":"0 9 * * mon-fri","timezone":"America/New_York"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := trigger.Parse(form); err != nil {
			b.Fatal(err)
		}
	}
}

func TestNextDoesNotAllocate(t *testing.T) {
	now := at(t, "2026-07-01T00:00:00Z")
	daily := trigger.MustCron("30 2 * * *", trigger.In(location(t, newYork)))
	hourly := every(t, time.Hour, "2026-01-01T00:30:00Z")
	for _, tr := range []trigger.Trigger{
		daily, hourly, trigger.MustCron("0 0 29 2 *"), trigger.MustCron("0 0 LW * 5L", trigger.In(location(t, lordHowe))),
		trigger.Must(trigger.Or(daily, hourly)), trigger.Must(trigger.And(daily, hourly)), trigger.At(now),
	} {
		prev := now
		if n := testing.AllocsPerRun(100, func() {
			if next, ok := tr.Next(prev, now); ok {
				prev = next
			}
		}); n != 0 {
			t.Errorf("Next of %v allocates %v times", tr, n)
		}
	}
}
