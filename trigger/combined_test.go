package trigger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/trigger"
)

func every(t *testing.T, d time.Duration, start string) trigger.Trigger {
	t.Helper()
	return trigger.MustEvery(d, trigger.StartAt(at(t, start)))
}

func TestOrFiresAtEachInstantOnce(t *testing.T) {
	t.Parallel()
	tr := trigger.Must(trigger.Or(every(t, 2*time.Hour, "2026-01-01T00:00:00Z"), every(t, 3*time.Hour, "2026-01-01T00:00:00Z")))
	follow(t, tr, at(t, "2026-01-01T00:00:00Z"), []string{"2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z", "2026-01-01T03:00:00Z", "2026-01-01T04:00:00Z", "2026-01-01T06:00:00Z", "2026-01-01T08:00:00Z"})
}

func TestOrEndsWithTheLastOfItsTriggers(t *testing.T) {
	t.Parallel()
	tr := trigger.Must(trigger.Or(trigger.At(at(t, "2026-03-01T00:00:00Z")), trigger.At(at(t, "2026-02-01T00:00:00Z"))))
	follow(t, tr, at(t, "2026-01-01T00:00:00Z"), []string{"2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "end"})
	follow(t, tr, at(t, "2026-02-15T00:00:00Z"), []string{"2026-03-01T00:00:00Z", "end"})
	follow(t, tr, at(t, "2027-01-01T00:00:00Z"), []string{"2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "end"})
}

func TestOrDoesNotGoBackToAPastDate(t *testing.T) {
	t.Parallel()
	tr := trigger.Must(trigger.Or(trigger.At(at(t, "2020-01-01T00:00:00Z")), trigger.MustCron("@daily")))
	follow(t, tr, at(t, "2026-01-01T12:00:00Z"), []string{"2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"})
}

func TestOrJumpCountsWhatIsSharedOnce(t *testing.T) {
	t.Parallel()
	tr := trigger.Must(trigger.Or(
		every(t, 2*time.Hour, "2026-01-01T00:00:00Z"), every(t, 3*time.Hour, "2026-01-01T00:00:00Z"),
		trigger.At(at(t, "2026-01-02T00:00:00Z")), trigger.At(at(t, "2026-01-02T00:30:00Z")), weekdays{},
	))
	// In a day after its midnight: 12 even hours, and 3, 9, 15 and 21 o'clock.
	for _, c := range []struct {
		until, last string
		n           int
	}{
		{"2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z", 16},
		{"2026-01-02T01:00:00Z", "2026-01-02T00:30:00Z", 17},
		{"2026-01-03T21:59:00Z", "2026-01-03T21:00:00Z", 47},
		{"2026-01-01T00:00:00Z", "", 0},
	} {
		last, n := tr.(trigger.Jumper).Jump(at(t, "2026-01-01T00:00:00Z"), at(t, c.until))
		if n != c.n || n > 0 && !last.Equal(at(t, c.last)) {
			t.Errorf("Jump to %s = %v, %d; want %s, %d", c.until, last, n, c.last, c.n)
		}
	}
}

func TestAndFiresAtCommonInstants(t *testing.T) {
	t.Parallel()
	tr := trigger.Must(trigger.And(every(t, 2*time.Hour, "2026-01-01T00:00:00Z"), every(t, 3*time.Hour, "2026-01-01T00:00:00Z")))
	follow(t, tr, at(t, "2026-01-01T00:00:01Z"), []string{"2026-01-01T06:00:00Z", "2026-01-01T12:00:00Z"})
	// 2028-02-29 is a Tuesday, and the next one that is a Monday in 2044.
	tr = trigger.Must(trigger.And(trigger.MustCron("0 9 29 2 *"), trigger.MustCron("0 9 * * mon")))
	follow(t, tr, at(t, "2026-01-01T00:00:00Z"), []string{"2044-02-29T09:00:00Z", "2072-02-29T09:00:00Z"})
}

func TestAndComparesInstantsNotClocks(t *testing.T) {
	t.Parallel()
	// Between 8 and 29 March New York is four hours behind London, else five.
	tr := trigger.Must(trigger.And(trigger.MustCron("0 10 * * *", trigger.In(location(t, newYork))), trigger.MustCron("0 14 * * *", trigger.In(location(t, london)))))
	follow(t, tr, at(t, "2026-01-01T00:00:00Z"), []string{"2026-03-08T14:00:00Z", "2026-03-09T14:00:00Z"})
	follow(t, tr, at(t, "2026-03-28T00:00:00Z"), []string{"2026-03-28T14:00:00Z", "2026-10-25T14:00:00Z"})
}

func TestAndWithADateIsThatDate(t *testing.T) {
	t.Parallel()
	noon := trigger.At(at(t, "2026-01-01T12:00:00Z"))
	tr := trigger.Must(trigger.And(trigger.MustCron("0 12 * * *"), noon))
	for _, now := range []string{"2025-01-01T00:00:00Z", "2026-01-01T12:00:00Z", "2027-01-01T00:00:00Z"} {
		follow(t, tr, at(t, now), []string{"2026-01-01T12:00:00Z", "end"})
	}
}

func TestAndThatNeverAgreesIsRefused(t *testing.T) {
	t.Parallel()
	for _, pair := range [][]trigger.Trigger{
		{trigger.MustCron("0 9 * * *"), trigger.MustCron("0 10 * * *")},
		{trigger.MustCron("*/2 * * * *"), trigger.MustCron("1/2 * * * *")},
		{every(t, 2*time.Hour, "2026-01-01T00:00:00Z"), every(t, 2*time.Hour, "2026-01-01T01:00:00Z")},
		{trigger.MustCron("@daily", trigger.EndAt(at(t, "2025-01-01T00:00:00Z"))), every(t, time.Hour, "2026-01-01T00:00:00Z")},
		{trigger.At(at(t, "2026-01-01T00:00:01Z")), trigger.MustCron("* * * * *")},
	} {
		tr, err := trigger.And(pair...)
		if err == nil || !strings.Contains(err.Error(), "in common") && !strings.Contains(err.Error(), "no common instant") {
			t.Errorf("And(%v, %v) = %v, %v", pair[0], pair[1], tr, err)
		}
	}
}

// It can't be known before the anchor; Next ends all the same.
func TestAndThatNeverAgreesAfterItsAnchorEnds(t *testing.T) {
	t.Parallel()
	tr := trigger.Must(trigger.And(trigger.MustEvery(time.Hour), trigger.MustCron("0 * * * *")))
	added := at(t, "2026-01-01T00:17:00Z")
	follow(t, tr.(trigger.Anchorer).Anchor(added), added, []string{"end"})
	added = at(t, "2026-01-01T00:00:00Z")
	follow(t, tr.(trigger.Anchorer).Anchor(added), added, []string{"2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"})
}

func TestAnchorReachesNestedTriggers(t *testing.T) {
	t.Parallel()
	inner := trigger.Must(trigger.And(trigger.MustEvery(2*time.Hour), trigger.MustEvery(3*time.Hour)))
	tr := trigger.Must(trigger.Or(inner, trigger.At(at(t, "2026-01-01T01:00:00Z"))))
	added := at(t, "2026-01-01T00:00:00Z")
	anchored := tr.(trigger.Anchorer).Anchor(added)
	follow(t, anchored, added, []string{"2026-01-01T01:00:00Z", "2026-01-01T06:00:00Z", "2026-01-01T12:00:00Z"})
	if again := anchored.(trigger.Anchorer).Anchor(added.Add(time.Minute)); again != anchored {
		t.Error("the second anchor makes another trigger")
	}
	survives(t, anchored)
	survives(t, tr)
}

func TestCombinedRefusesNothingNilAndShutdown(t *testing.T) {
	t.Parallel()
	daily := trigger.MustCron("@daily")
	for _, make := range []func(...trigger.Trigger) (trigger.Trigger, error){trigger.And, trigger.Or} {
		for _, list := range [][]trigger.Trigger{nil, {daily, nil}, {daily, trigger.Shutdown()}} {
			if tr, err := make(list...); err == nil {
				t.Errorf("%v of %v is accepted", tr, list)
			}
		}
		deep := daily
		var err error
		for range 20 {
			if deep, err = make(deep); err != nil {
				break
			}
		}
		if err == nil || !strings.Contains(err.Error(), "nested deeper than 16") {
			t.Errorf("twenty levels: %v", err)
		}
	}
}

// The list belongs to the caller, and the trigger never changes.
func TestCombinedKeepsItsOwnList(t *testing.T) {
	t.Parallel()
	list := []trigger.Trigger{trigger.MustCron("@daily")}
	tr := trigger.Must(trigger.Or(list...))
	list[0] = nil
	follow(t, tr, at(t, "2026-01-01T12:00:00Z"), []string{"2026-01-02T00:00:00Z"})
}

func TestPreviewAnchorsAndEnds(t *testing.T) {
	t.Parallel()
	from := at(t, "2026-01-01T10:00:00Z")
	got := trigger.Preview(trigger.MustEvery(time.Hour, trigger.EndAt(at(t, "2026-01-01T12:30:00Z"))), from, 10)
	if len(got) != 2 || !got[0].Equal(at(t, "2026-01-01T11:00:00Z")) || !got[1].Equal(at(t, "2026-01-01T12:00:00Z")) {
		t.Errorf("Preview = %v", got)
	}
	if got := trigger.Preview(trigger.MustCron("@daily"), from, 0); len(got) != 0 {
		t.Errorf("a preview of none = %v", got)
	}
}

func TestMustPanicsOnAnError(t *testing.T) {
	t.Parallel()
	for _, f := range []func(){func() { trigger.MustCron("x") }, func() { trigger.MustEvery(0) }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		}()
	}
}
