package trigger_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/go-asyncz/asyncz/trigger"
)

const (
	newYork  = "America/New_York"
	london   = "Europe/London"
	lordHowe = "Australia/Lord_Howe"
	saoPaulo = "America/Sao_Paulo"
	apia     = "Pacific/Apia"
)

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// follow compares the first instants from a time on with what is written.
func follow(t *testing.T, tr trigger.Trigger, from time.Time, want []string) {
	t.Helper()
	prev := time.Time{}
	for i, w := range want {
		got, ok := tr.Next(prev, from)
		if w == "end" {
			if ok {
				t.Errorf("instant %d of %v is %v, want none", i, tr, got.Format(time.RFC3339Nano))
			}
			return
		}
		if !ok || !got.Equal(at(t, w)) {
			t.Errorf("instant %d of %v is %v (%v), want %v", i, tr, got.Format(time.RFC3339Nano), ok, w)
			return
		}
		prev = got
	}
}

// The times are those of the zones' published transitions: New York 2026-03-08
// 02:00 and 11-01 02:00, London 2026-03-29 01:00 and 10-25 02:00, Lord Howe
// 2026-04-05 02:00 and 10-04 02:00 (half an hour), São Paulo 2018-11-04 00:00 and
// 2019-02-17 00:00, Apia 2011-12-30 (the whole day) and 2012-04-01 04:00.
var clockChanges = []struct {
	name, zone, expression string
	options                []trigger.Option
	from                   string
	want                   []string
}{
	{"a daily task in the gap fires at the offset before it", newYork, "30 2 * * *", nil, "2026-03-07T00:00:00-05:00",
		[]string{"2026-03-07T02:30:00-05:00", "2026-03-08T03:30:00-04:00", "2026-03-09T02:30:00-04:00"}},
	{"the start of the gap fires as the clock jumps", newYork, "0 2 * * *", nil, "2026-03-08T00:00:00-05:00",
		[]string{"2026-03-08T03:00:00-04:00", "2026-03-09T02:00:00-04:00"}},
	{"two fixed hours that meet after the gap are one", newYork, "30 2,3 * * *", nil, "2026-03-08T00:00:00-05:00",
		[]string{"2026-03-08T03:30:00-04:00", "2026-03-09T02:30:00-04:00", "2026-03-09T03:30:00-04:00"}},
	{"the gap and what is after it come in order", newYork, "15,45 2-3 * * *", nil, "2026-03-08T00:00:00-05:00",
		[]string{"2026-03-08T03:15:00-04:00", "2026-03-08T03:45:00-04:00", "2026-03-09T02:15:00-04:00"}},
	{"times moved out of the gap mix with others", newYork, "20 2 * * *", []trigger.Option{trigger.EndAt(time.Date(2026, 3, 8, 7, 20, 0, 0, time.UTC))}, "2026-03-08T00:00:00-05:00",
		[]string{"2026-03-08T03:20:00-04:00", "end"}},
	{"skip leaves the gap out", newYork, "30 2 * * *", []trigger.Option{trigger.SkipGap()}, "2026-03-07T00:00:00-05:00",
		[]string{"2026-03-07T02:30:00-05:00", "2026-03-09T02:30:00-04:00"}},
	{"every hour knows no gap", newYork, "0 * * * *", nil, "2026-03-08T00:00:00-05:00",
		[]string{"2026-03-08T00:00:00-05:00", "2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-08T04:00:00-04:00"}},
	{"every quarter of an hour knows no gap", newYork, "*/15 * * * *", nil, "2026-03-08T01:30:00-05:00",
		[]string{"2026-03-08T01:30:00-05:00", "2026-03-08T01:45:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-08T03:15:00-04:00"}},
	{"every second hour doesn't occur in the gap", newYork, "0 */2 * * *", nil, "2026-03-08T00:00:00-05:00",
		[]string{"2026-03-08T00:00:00-05:00", "2026-03-08T04:00:00-04:00"}},
	{"a daily task in the fold fires once, at the first", newYork, "30 1 * * *", nil, "2026-10-31T00:00:00-04:00",
		[]string{"2026-10-31T01:30:00-04:00", "2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"}},
	{"asked in the second half of the fold it goes to the next day", newYork, "30 1 * * *", nil, "2026-11-01T01:10:00-05:00",
		[]string{"2026-11-02T01:30:00-05:00"}},
	{"both fires twice in the fold", newYork, "30 1 * * *", []trigger.Option{trigger.FoldBoth()}, "2026-11-01T00:00:00-04:00",
		[]string{"2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00", "2026-11-02T01:30:00-05:00"}},
	{"every hour loses and repeats none in the fold", newYork, "0 * * * *", nil, "2026-11-01T00:00:00-04:00",
		[]string{"2026-11-01T00:00:00-04:00", "2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-01T02:00:00-05:00"}},
	{"every half hour loses none in the fold", newYork, "*/30 * * * *", nil, "2026-11-01T01:00:00-04:00",
		[]string{"2026-11-01T01:00:00-04:00", "2026-11-01T01:30:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-01T01:30:00-05:00", "2026-11-01T02:00:00-05:00"}},
	{"first fires every hour of the clock once", newYork, "0 * * * *", []trigger.Option{trigger.FoldFirst()}, "2026-11-01T01:00:00-04:00",
		[]string{"2026-11-01T01:00:00-04:00", "2026-11-01T02:00:00-05:00"}},
	{"every minute of a fixed hour comes once", newYork, "58-59 1 * * *", nil, "2026-11-01T00:00:00-04:00",
		[]string{"2026-11-01T01:58:00-04:00", "2026-11-01T01:59:00-04:00", "2026-11-02T01:58:00-05:00"}},

	{"London in spring", london, "30 1 * * *", nil, "2026-03-28T12:00:00Z",
		[]string{"2026-03-29T02:30:00+01:00", "2026-03-30T01:30:00+01:00"}},
	{"London in spring, hourly", london, "@hourly", nil, "2026-03-29T00:00:00Z",
		[]string{"2026-03-29T00:00:00Z", "2026-03-29T02:00:00+01:00", "2026-03-29T03:00:00+01:00"}},
	{"London in autumn", london, "30 1 * * *", nil, "2026-10-24T12:00:00Z",
		[]string{"2026-10-25T01:30:00+01:00", "2026-10-26T01:30:00Z"}},
	{"London in autumn, hourly", london, "30 * * * *", nil, "2026-10-25T00:30:00+01:00",
		[]string{"2026-10-25T00:30:00+01:00", "2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"}},

	{"Lord Howe in spring", lordHowe, "15 2 * * *", nil, "2026-10-03T12:00:00+10:30",
		[]string{"2026-10-04T02:45:00+11:00", "2026-10-05T02:15:00+11:00"}},
	{"Lord Howe in spring, every quarter", lordHowe, "*/15 * * * *", nil, "2026-10-04T01:45:00+10:30",
		[]string{"2026-10-04T01:45:00+10:30", "2026-10-04T02:30:00+11:00", "2026-10-04T02:45:00+11:00"}},
	{"Lord Howe in spring, quarters of a fixed hour", lordHowe, "*/15 2 * * *", nil, "2026-10-04T00:00:00+10:30",
		[]string{"2026-10-04T02:30:00+11:00", "2026-10-04T02:45:00+11:00", "2026-10-05T02:00:00+11:00"}},
	{"Lord Howe in autumn", lordHowe, "45 1 * * *", nil, "2026-04-04T12:00:00+11:00",
		[]string{"2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"}},
	{"Lord Howe in autumn, every quarter", lordHowe, "*/15 * * * *", nil, "2026-04-05T01:30:00+11:00",
		[]string{"2026-04-05T01:30:00+11:00", "2026-04-05T01:45:00+11:00", "2026-04-05T01:30:00+10:30", "2026-04-05T01:45:00+10:30", "2026-04-05T02:00:00+10:30"}},
	{"Lord Howe in autumn, hourly", lordHowe, "0 * * * *", nil, "2026-04-05T01:00:00+11:00",
		[]string{"2026-04-05T01:00:00+11:00", "2026-04-05T02:00:00+10:30"}},

	{"a missing midnight", saoPaulo, "@daily", nil, "2018-11-03T00:00:00-03:00",
		[]string{"2018-11-03T00:00:00-03:00", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"}},
	{"a missing midnight on its weekday", saoPaulo, "0 0 * * sun", nil, "2018-11-01T00:00:00-03:00",
		[]string{"2018-11-04T01:00:00-02:00", "2018-11-11T00:00:00-02:00"}},
	{"a missing midnight, skipped", saoPaulo, "@daily", []trigger.Option{trigger.SkipGap()}, "2018-11-03T00:00:00-03:00",
		[]string{"2018-11-03T00:00:00-03:00", "2018-11-05T00:00:00-02:00"}},
	{"an evening that comes twice", saoPaulo, "30 23 * * *", nil, "2019-02-16T00:00:00-02:00",
		[]string{"2019-02-16T23:30:00-02:00", "2019-02-17T23:30:00-03:00"}},
	{"a midnight at the end of a fold comes once", saoPaulo, "@daily", nil, "2019-02-16T12:00:00-02:00",
		[]string{"2019-02-17T00:00:00-03:00", "2019-02-18T00:00:00-03:00"}},
	{"an evening that comes twice, hourly", saoPaulo, "0 * * * *", nil, "2019-02-16T22:00:00-02:00",
		[]string{"2019-02-16T22:00:00-02:00", "2019-02-16T23:00:00-02:00", "2019-02-16T23:00:00-03:00", "2019-02-17T00:00:00-03:00"}},

	{"a missing day, daily", apia, "0 9 * * *", nil, "2011-12-29T00:00:00-10:00",
		[]string{"2011-12-29T09:00:00-10:00", "2011-12-31T09:00:00+14:00", "2012-01-01T09:00:00+14:00"}},
	{"what was to be on the missing day", apia, "0 9 30 12 *", nil, "2011-01-01T00:00:00-11:00",
		[]string{"2011-12-31T09:00:00+14:00", "2012-12-30T09:00:00+14:00"}},
	{"the weekday of the missing day", apia, "0 9 * * fri", nil, "2011-12-24T00:00:00-10:00",
		[]string{"2011-12-31T09:00:00+14:00", "2012-01-06T09:00:00+14:00"}},
	{"what was to be on the missing day, skipped", apia, "0 9 * * fri", []trigger.Option{trigger.SkipGap()}, "2011-12-24T00:00:00-10:00",
		[]string{"2012-01-06T09:00:00+14:00"}},
	{"every six hours over the missing day", apia, "0 */6 * * *", nil, "2011-12-29T12:00:00-10:00",
		[]string{"2011-12-29T12:00:00-10:00", "2011-12-29T18:00:00-10:00", "2011-12-31T00:00:00+14:00", "2011-12-31T06:00:00+14:00"}},
	{"Apia in autumn", apia, "30 3 * * *", nil, "2012-03-31T12:00:00+14:00",
		[]string{"2012-04-01T03:30:00+14:00", "2012-04-02T03:30:00+13:00"}},
}

func TestCronWhenClocksChange(t *testing.T) {
	t.Parallel()
	for _, c := range clockChanges {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tr, err := trigger.Cron(c.expression, append(c.options, trigger.In(location(t, c.zone)))...)
			if err != nil {
				t.Fatal(err)
			}
			follow(t, tr, at(t, c.from), c.want)
		})
	}
}

func TestIntervalCountsElapsedTimeWhenClocksChange(t *testing.T) {
	t.Parallel()
	loc := location(t, newYork)
	tr := trigger.MustEvery(24*time.Hour, trigger.In(loc), trigger.StartAt(time.Date(2026, 3, 7, 9, 0, 0, 0, loc)))
	follow(t, tr, at(t, "2026-03-07T00:00:00Z"), []string{"2026-03-07T09:00:00-05:00", "2026-03-08T10:00:00-04:00", "2026-03-09T10:00:00-04:00"})
}
