package dashboard

import (
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
)

func TestThePulseCountsTheSecondsThatAreOver(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000_000, 0)
	p := newPulse(func() time.Time { return now })
	at := func(ago time.Duration) asyncz.Header { return asyncz.Header{Time: now.Add(-ago)} }
	begin := func(ago, late time.Duration) {
		started := now.Add(-ago)
		p.hear(asyncz.RunStarted{Header: at(ago), Run: asyncz.Run{Source: asyncz.Scheduled, Scheduled: started.Add(-late), Started: started}})
	}
	for range 99 {
		begin(5*time.Second, time.Millisecond)
	}
	begin(30*time.Second, time.Second)
	begin(14*time.Minute, time.Hour) // too long ago for the lateness
	begin(16*time.Minute, time.Hour) // and for anything
	p.hear(asyncz.RunEnded{Header: at(5 * time.Second), Outcome: asyncz.Executed, Count: 1})
	p.hear(asyncz.RunEnded{Header: at(5 * time.Second), Outcome: asyncz.Failed, Count: 1})
	p.hear(asyncz.RunEnded{Header: at(5 * time.Second), Outcome: asyncz.Missed, Count: 7})
	r := p.rate()
	if r.PerSecond != 9.9 || r.Minute != 100 || r.Failed != 1 || !r.Late {
		t.Errorf("%+v", r)
	}
	if r.P50 < time.Millisecond || r.P50 > 1200*time.Microsecond || r.P99 > 1200*time.Microsecond {
		t.Errorf("half within %v, 99 of 100 within %v", r.P50, r.P99)
	}
	begin(20*time.Second, time.Second)
	if r = p.rate(); r.P99 < time.Second || r.P99 > 1200*time.Millisecond {
		t.Errorf("with two of 101 a second late, 99 of 100 are within %v", r.P99)
	}
	if n := len(r.At); n < 178 || len(r.Executed) != n || len(r.Bad) != n {
		t.Errorf("%d points", n)
	}
	executed, bad := 0.0, 0.0
	for i := range r.At {
		executed += r.Executed[i] * rateStep
		bad += r.Bad[i] * rateStep
	}
	if executed != 1 || bad != 1 {
		t.Errorf("the curve has %v executed and %v failed", executed, bad)
	}
}

func TestThePulseKeepsTheLastEventsAndNoMore(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000_000, 0)
	p := newPulse(func() time.Time { return now })
	for range pulseEvents + 10 {
		p.hear(asyncz.TaskAdded{Header: asyncz.Header{Time: now, Task: "t"}})
	}
	p.hear(asyncz.TaskPaused{Header: asyncz.Header{Time: now, Task: "last"}})
	all := p.recent(2*pulseEvents, func(asyncz.Event) bool { return true })
	if len(all) != pulseEvents || all[0].Event.Kind() != "task_paused" || all[0].N != pulseEvents+11 || all[len(all)-1].N != 12 {
		t.Errorf("%d events, from %+v to %+v", len(all), all[0], all[len(all)-1])
	}
	if some := p.recent(3, func(e asyncz.Event) bool { return e.Kind() == "task_added" }); len(some) != 3 || some[0].N != pulseEvents+10 {
		t.Errorf("%+v", some)
	}
	if c := p.changes(); c["tasks"] != pulseEvents+11 || c["runs"] != 0 {
		t.Errorf("%v", c)
	}
}

func TestAHistogramIsRightToWithinAFifth(t *testing.T) {
	t.Parallel()
	for d := 200 * time.Microsecond; d < 6*time.Hour; d = d*13/10 + 1 {
		var h histogram
		h.add(d)
		if q, ok := h.quantile(0.5); !ok || q < d || float64(q) > 1.2*float64(d) {
			t.Errorf("%v is told as %v", d, q)
		}
	}
	var h histogram
	if _, ok := h.quantile(0.5); ok {
		t.Error("of nothing there is no quantile")
	}
	h.add(-time.Second) // a clock that was set back
	h.add(100 * time.Hour)
	if q, _ := h.quantile(0.5); q != histogramFirst {
		t.Errorf("early counts as %v", q)
	}
}

func TestDurationsAreToldToThreeDigits(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0 s", 950: "0.95 µs", 1234 * time.Microsecond: "1.23 ms", 200 * time.Millisecond: "200 ms", 59900 * time.Millisecond: "59.9 s", 30 * time.Second: "30 s",
		90 * time.Second: "1 min 30 s", 2 * time.Hour: "2 h", 26*time.Hour + 5*time.Minute: "26 h 5 min", 75 * time.Hour: "3 d 3 h", -time.Second: "−1 s",
	} {
		if got := duration(d); got != want {
			t.Errorf("%d: %q, not %q", d, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := number(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	if got := ascii(`{"a":"é🕰"}`); got != `{"a":"\u00e9\ud83d\udd70"}` {
		t.Errorf("%s", got)
	}
}
