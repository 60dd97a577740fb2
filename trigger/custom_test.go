package trigger_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/trigger"
)

// weekdays is a trigger of the user's own: every working day at midnight, UTC.
type weekdays struct {
	Skip int `json:"skip"` // how many of them to leave out each time
}

func (w weekdays) Next(prev, now time.Time) (time.Time, bool) {
	day := prev.UTC().Truncate(24 * time.Hour)
	left := w.Skip
	if prev.IsZero() {
		day, left = now.Add(-1).UTC().Truncate(24*time.Hour), 0
	}
	for {
		day = day.Add(24 * time.Hour)
		if weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday; weekend {
			continue
		}
		if left == 0 {
			return day, true
		}
		left--
	}
}

func (w weekdays) Type() string   { return "weekdays" }
func (w weekdays) String() string { return "on working days" }

func (w weekdays) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `{"type":"weekdays","skip":%d}`, w.Skip), nil
}

func parseWeekdays(form []byte) (trigger.Trigger, error) {
	var w struct {
		Type string `json:"type"`
		weekdays
	}
	d := json.NewDecoder(bytes.NewReader(form))
	d.DisallowUnknownFields()
	err := d.Decode(&w)
	return w.weekdays, err
}

func init() { trigger.Register("weekdays", parseWeekdays) }

func ExampleRegister() {
	t, err := trigger.Parse([]byte(`{"type":"or","triggers":[{"type":"weekdays","skip":1},{"type":"cron","day_of_week":"sun"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, at := range trigger.Preview(t, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 3) {
		fmt.Println(at.Format("Mon 2006-01-02"))
	}
	// Output:
	// Thu 2026-01-01
	// Sun 2026-01-04
	// Tue 2026-01-06
}

func TestCustomTypesNestInAndAndOr(t *testing.T) {
	t.Parallel()
	tr, err := trigger.Parse([]byte(`{"type":"and","triggers":[{"type":"weekdays"},{"type":"cron","day":"1,2,3"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	follow(t, tr, at(t, "2026-01-02T00:00:00Z"), []string{"2026-01-02T00:00:00Z", "2026-02-02T00:00:00Z", "2026-02-03T00:00:00Z"})
	survives(t, tr)
	if _, err := trigger.Parse([]byte(`{"type":"weekdays","skop":1}`)); err == nil {
		t.Error("an unknown key of a custom type is accepted")
	}
}

func TestRegisterPanicsWhenTheTypeIsTaken(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{"", "cron", "weekdays"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Register(%q) did not panic", typ)
				}
			}()
			trigger.Register(typ, parseWeekdays)
		}()
	}
}
