package trigger_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/trigger"
)

// newYear is where the examples start.
var newYear = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func show(t trigger.Trigger, n int) {
	fmt.Println(t)
	for _, at := range trigger.Preview(t, newYear, n) {
		fmt.Println(at.Format("Mon 2006-01-02 15:04:05 -07:00"))
	}
}

func ExampleAt() {
	show(trigger.At(time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)), 3)
	// Output:
	// once at 2026-01-31 09:00:00, UTC
	// Sat 2026-01-31 09:00:00 +00:00
}

func ExampleEvery() {
	t, err := trigger.Every(90*time.Minute, trigger.EndAt(newYear.Add(3*time.Hour)))
	if err != nil {
		fmt.Println(err)
		return
	}
	show(t, 3)
	_, err = trigger.Every(0)
	fmt.Println(err)
	// Output:
	// every 90 minutes, until 2026-01-01T03:00:00Z
	// Thu 2026-01-01 01:30:00 +00:00
	// Thu 2026-01-01 03:00:00 +00:00
	// interval 0s: it must be longer than zero
}

func ExampleCron() {
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err := trigger.Cron("0 9 * * mon-fri", trigger.In(zurich))
	if err != nil {
		fmt.Println(err)
		return
	}
	show(t, 3)
	_, err = trigger.Cron("0 25 * * *")
	fmt.Println(err)
	// Output:
	// at 09:00 on Monday to Friday, Europe/Zurich
	// Thu 2026-01-01 09:00:00 +01:00
	// Fri 2026-01-02 09:00:00 +01:00
	// Mon 2026-01-05 09:00:00 +01:00
	// cron expression "0 25 * * *": column 3: hour: 25 is not within 0-23
}

// The clock jumps from 02:00 to 03:00: the backup of that night is made as soon
// as there is a time for it.
func ExampleCron_clocksGoForward() {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		fmt.Println(err)
		return
	}
	backup := trigger.MustCron("30 2 * * *", trigger.In(newYork))
	for _, at := range trigger.Preview(backup, time.Date(2026, 3, 7, 0, 0, 0, 0, newYork), 3) {
		fmt.Println(at)
	}
	// Output:
	// 2026-03-07 02:30:00 -0500 EST
	// 2026-03-08 03:30:00 -0400 EDT
	// 2026-03-09 02:30:00 -0400 EDT
}

func ExampleQuartz() {
	show(trigger.MustCron("0 0 12 ? * 6L", trigger.Quartz()), 2)
	// Output:
	// at 12:00 on the last Friday of the month, UTC
	// Fri 2026-01-30 12:00:00 +00:00
	// Fri 2026-02-27 12:00:00 +00:00
}

func ExampleCronFields() {
	t, err := trigger.CronFields(trigger.Fields{Day: "last fri, 15", Hour: "18"})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(t, 3)
	// Output:
	// at 18:00 on the last Friday of the month and the 15th, UTC
	// Thu 2026-01-15 18:00:00 +00:00
	// Fri 2026-01-30 18:00:00 +00:00
	// Sun 2026-02-15 18:00:00 +00:00
}

func ExampleAnd() {
	show(trigger.Must(trigger.And(trigger.MustCron("0 0 13 * *"), trigger.MustCron("0 0 * * fri"))), 2)
	// Output:
	// at 00:00 on the 13th, UTC and at the same time at 00:00 on Friday, UTC
	// Fri 2026-02-13 00:00:00 +00:00
	// Fri 2026-03-13 00:00:00 +00:00
}

func ExampleOr() {
	show(trigger.Must(trigger.Or(trigger.MustCron("0 9 * * sat,sun"), trigger.MustCron("0 7 * * 1-5"))), 3)
	// Output:
	// at 09:00 on Saturday and Sunday, UTC or at 07:00 on Monday to Friday, UTC
	// Thu 2026-01-01 07:00:00 +00:00
	// Fri 2026-01-02 07:00:00 +00:00
	// Sat 2026-01-03 09:00:00 +00:00
}

func ExampleShutdown() {
	show(trigger.Shutdown(), 1)
	// Output:
	// when the scheduler shuts down
}

func ExampleParse() {
	t, err := trigger.Parse([]byte(`{"type":"cron","hour":9,"day_of_week":"mon-fri","timezone":"Europe/Zurich"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(t)
	form, _ := json.Marshal(t)
	fmt.Println(string(form))
	_, err = trigger.Parse([]byte(`{"type":"date","when":"2030-01-01T00:00:00Z"}`))
	fmt.Println(err)
	// Output:
	// at 09:00 on Monday to Friday, Europe/Zurich
	// {"type":"cron","day_of_week":"mon-fri","hour":"9","timezone":"Europe/Zurich"}
	// date trigger: unknown key "when"; the known ones are run_at, timezone
}

func ExampleJumper() {
	t := trigger.MustCron("* * * * *").(trigger.Jumper)
	last, n := t.Jump(newYear, newYear.AddDate(0, 1, 0))
	fmt.Println(n, "fires, the last at", last)
	// Output:
	// 44640 fires, the last at 2026-02-01 00:00:00 +0000 UTC
}
