package trigger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/trigger"
)

func TestIntervalWithStartFiresAtTheStartAndAtWholeMultiples(t *testing.T) {
	t.Parallel()
	tr := trigger.MustEvery(7*time.Minute, trigger.StartAt(at(t, "2026-01-01T00:00:00Z")))
	follow(t, tr, at(t, "2025-06-01T00:00:00Z"), []string{"2026-01-01T00:00:00Z", "2026-01-01T00:07:00Z", "2026-01-01T00:14:00Z"})
	// 1000 × 7 minutes are 4 d 20 h 40 min. When it is asked makes no difference.
	for _, now := range []string{"2026-01-05T20:33:00.000001Z", "2026-01-05T20:40:00Z"} {
		follow(t, tr, at(t, now), []string{"2026-01-05T20:40:00Z", "2026-01-05T20:47:00Z"})
	}
	got, _ := tr.Next(at(t, "2026-01-05T20:39:59.999999999Z"), at(t, "2026-02-01T00:00:00Z"))
	if !got.Equal(at(t, "2026-01-05T20:40:00Z")) {
		t.Errorf("after a late run: %v", got)
	}
}

func TestIntervalWithoutStartFiresOneIntervalAfterItsAnchor(t *testing.T) {
	t.Parallel()
	tr := trigger.MustEvery(time.Hour)
	anchored := tr.(trigger.Anchorer).Anchor(at(t, "2026-01-01T10:17:00Z"))
	follow(t, anchored, at(t, "2026-01-01T10:17:00Z"), []string{"2026-01-01T11:17:00Z", "2026-01-01T12:17:00Z"})
	follow(t, anchored, at(t, "2026-01-02T00:00:00Z"), []string{"2026-01-02T00:17:00Z"})
	if again := anchored.(trigger.Anchorer).Anchor(at(t, "2026-05-05T05:05:05Z")); again != anchored {
		t.Error("the second anchor moves the series")
	}
	follow(t, tr, at(t, "2026-01-01T10:17:00Z"), []string{"2026-01-01T11:17:00Z", "2026-01-01T12:17:00Z"})
}

func TestIntervalEndIsInclusive(t *testing.T) {
	t.Parallel()
	tr := trigger.MustEvery(time.Hour, trigger.StartAt(at(t, "2026-01-01T00:00:00Z")), trigger.EndAt(at(t, "2026-01-01T02:00:00Z")))
	follow(t, tr, at(t, "2025-01-01T00:00:00Z"), []string{"2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z", "end"})
	last, n := tr.(trigger.Jumper).Jump(at(t, "2025-01-01T00:00:00Z"), at(t, "2030-01-01T00:00:00Z"))
	if n != 3 || !last.Equal(at(t, "2026-01-01T02:00:00Z")) {
		t.Errorf("Jump = %v, %d", last, n)
	}
}

func TestIntervalJumpsByArithmetic(t *testing.T) {
	t.Parallel()
	tr := trigger.MustEvery(time.Second, trigger.StartAt(at(t, "2026-01-01T00:00:00.25Z"))).(trigger.Jumper)
	for _, c := range []struct {
		prev, now, last string
		n               int
	}{
		{"2026-01-01T00:00:00.25Z", "2026-02-01T00:00:00Z", "2026-01-31T23:59:59.25Z", 31*86400 - 1},
		{"2026-01-01T00:00:00Z", "2026-01-01T00:00:01.25Z", "2026-01-01T00:00:01.25Z", 2},
		{"2026-01-01T00:00:01.25Z", "2026-01-01T00:00:02.249999999Z", "", 0},
		{"2026-01-01T00:00:01.25Z", "2026-01-01T00:00:01Z", "", 0},
		{"2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "", 0},
	} {
		last, n := tr.Jump(at(t, c.prev), at(t, c.now))
		if n != c.n || n > 0 && !last.Equal(at(t, c.last)) {
			t.Errorf("Jump(%s, %s) = %v, %d; want %s, %d", c.prev, c.now, last, n, c.last, c.n)
		}
	}
}

func TestIntervalJumpsFar(t *testing.T) {
	t.Parallel()
	tr := every(t, 24*time.Hour, "2026-01-01T09:00:00Z").(trigger.Jumper)
	// 7973 years with 1933 leap days.
	last, n := tr.Jump(time.Time{}, at(t, "9999-01-01T00:00:00Z"))
	if n != 7973*365+1933 || !last.Equal(at(t, "9998-12-31T09:00:00Z")) {
		t.Errorf("Jump = %v, %d", last, n)
	}
}

func TestIntervalRefusesWhatCantBe(t *testing.T) {
	t.Parallel()
	noon := at(t, "2026-01-01T12:00:00Z")
	for _, c := range []struct {
		d       time.Duration
		options []trigger.Option
		want    string
	}{
		{0, nil, "interval 0s: it must be longer than zero"},
		{-time.Hour, nil, "interval -1h0m0s: it must be longer than zero"},
		{time.Nanosecond, nil, "interval 1ns: it is not within 1µs and 100 years"},
		{1<<63 - 1, nil, "it is not within 1µs and 100 years"},
		{time.Hour, []trigger.Option{trigger.Jitter(-time.Second)}, "jitter -1s is not within 0 and"},
		{time.Hour, []trigger.Option{trigger.StartAt(noon), trigger.EndAt(noon.Add(-1))}, "end_at 2026-01-01T11:59:59.999999Z is before start_at 2026-01-01T12:00:00Z"},
		{time.Hour, []trigger.Option{trigger.SkipGap()}, "gap, fold and dialect are for cron alone"},
		{time.Hour, []trigger.Option{trigger.In(time.Local)}, `timezone "Local" is another one on every machine`},
		{time.Hour, []trigger.Option{trigger.In(nil)}, "the location is nil"},
		{time.Hour, []trigger.Option{trigger.In(time.FixedZone("CET", 7200))}, `timezone "CET": the location is not the IANA zone of that name`},
		{time.Hour, []trigger.Option{trigger.In(time.FixedZone("home", 7200))}, `timezone "home" is not known`},
		{time.Hour, []trigger.Option{trigger.StartAt(time.Time{})}, "start_at 0001-01-01T00:00:00Z is not within 1970-01-01"},
	} {
		_, err := trigger.Every(c.d, c.options...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Every(%v): %v, want an error with %q", c.d, err, c.want)
		}
	}
}

func TestDateFiresOnceAlsoWhenItIsPast(t *testing.T) {
	t.Parallel()
	tr := trigger.At(at(t, "2026-01-01T12:00:00Z"))
	follow(t, tr, at(t, "2026-06-01T00:00:00Z"), []string{"2026-01-01T12:00:00Z", "end"})
	follow(t, tr, at(t, "2025-06-01T00:00:00Z"), []string{"2026-01-01T12:00:00Z", "end"})
	if _, ok := tr.Next(at(t, "2026-01-01T12:00:00Z"), at(t, "2025-06-01T00:00:00Z")); ok {
		t.Error("it fires after itself")
	}
}

// A time between two microseconds is kept as the later one: not early, and not
// found again after a store has cut it off.
func TestDateIsKeptInMicroseconds(t *testing.T) {
	t.Parallel()
	follow(t, trigger.At(at(t, "2026-01-01T12:00:00.0000001Z")), time.Time{}, []string{"2026-01-01T12:00:00.000001Z", "end"})
}

func TestDateKeepsTheZoneOfItsTime(t *testing.T) {
	t.Parallel()
	tr := trigger.At(time.Date(2026, 7, 1, 9, 0, 0, 0, location(t, newYork)))
	if got, want := tr.String(), "once at 2026-07-01 09:00:00, America/New_York"; got != want {
		t.Errorf("it is told as %q, want %q", got, want)
	}
	survives(t, tr)
}

func TestDateOutOfRangeHasNoForm(t *testing.T) {
	t.Parallel()
	for _, when := range []time.Time{{}, time.Unix(1<<40, 0)} {
		if form, err := trigger.At(when).MarshalJSON(); err == nil {
			t.Errorf("At(%v) is written as %s", when, form)
		}
	}
}

func TestJitterAndEndAreTold(t *testing.T) {
	t.Parallel()
	end := at(t, "2027-01-01T00:00:00Z")
	options := []trigger.Option{trigger.Jitter(1500 * time.Millisecond), trigger.EndAt(end)}
	cron, interval := trigger.MustCron("@daily", options...), trigger.MustEvery(time.Hour, options...)
	for _, tr := range []trigger.Trigger{cron, interval, trigger.Must(trigger.Or(cron, interval)), trigger.Must(trigger.And(cron, interval, trigger.MustCron("@daily")))} {
		j := tr.(trigger.Jitterer)
		if j.Jitter() != 1500*time.Millisecond || !j.End().Equal(end) {
			t.Errorf("%v: Jitter %v, End %v", tr, j.Jitter(), j.End())
		}
	}
	if j := trigger.Must(trigger.Or(cron, trigger.MustCron("@daily"))).(trigger.Jitterer); !j.End().IsZero() {
		t.Errorf("an or with a trigger that has no end ends at %v", j.End())
	}
}

func TestShutdownHasNoInstants(t *testing.T) {
	t.Parallel()
	tr := trigger.Shutdown()
	follow(t, tr, at(t, "2026-01-01T00:00:00Z"), []string{"end"})
	if tr.Type() != "shutdown" {
		t.Errorf("the type is %q", tr.Type())
	}
}
