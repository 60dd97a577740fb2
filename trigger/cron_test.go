package trigger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/trigger"
)

// Expected times are from the calendar.
func TestCronExpression(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		expression, from string
		want             []string
	}{
		{"*/5 * * * *", "2026-01-01T00:01:00Z", []string{"2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z"}},
		{"*/25 * * * *", "2026-01-01T00:01:00Z", []string{"2026-01-01T00:25:00Z", "2026-01-01T00:50:00Z", "2026-01-01T01:00:00Z"}},
		{"0 9 * * mon-fri", "2026-01-02T10:00:00Z", []string{"2026-01-05T09:00:00Z", "2026-01-06T09:00:00Z"}},
		{"*/20 30 12 * * *", "2026-01-01T00:00:00Z", []string{"2026-01-01T12:30:00Z", "2026-01-01T12:30:20Z", "2026-01-01T12:30:40Z", "2026-01-02T12:30:00Z"}},
		{"0 0 * * 0", "2026-01-01T00:00:00Z", []string{"2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"}},
		{"0 0 * * 7", "2026-01-01T00:00:00Z", []string{"2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"}},
		{"0 0 * * 5-7", "2026-01-01T00:00:00Z", []string{"2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-09T00:00:00Z"}},
		{"0 0 * * fri-mon", "2026-01-01T00:00:00Z", []string{"2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-09T00:00:00Z"}},
		{"0 0 * * 7-1", "2026-01-01T00:00:00Z", []string{"2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-11T00:00:00Z"}},
		{"0 22-2 * * *", "2026-01-01T12:00:00Z", []string{"2026-01-01T22:00:00Z", "2026-01-01T23:00:00Z", "2026-01-02T00:00:00Z", "2026-01-02T01:00:00Z", "2026-01-02T02:00:00Z", "2026-01-02T22:00:00Z"}},
		{"0 22-2/2 * * *", "2026-01-01T12:00:00Z", []string{"2026-01-01T22:00:00Z", "2026-01-02T00:00:00Z", "2026-01-02T02:00:00Z", "2026-01-02T22:00:00Z"}},
		{"0 0 1 nov-feb *", "2026-01-15T00:00:00Z", []string{"2026-02-01T00:00:00Z", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"}},
		{"5/20 * * * *", "2026-01-01T00:00:00Z", []string{"2026-01-01T00:05:00Z", "2026-01-01T00:25:00Z", "2026-01-01T00:45:00Z", "2026-01-01T01:05:00Z"}},
		{"0 0 13 * fri", "2026-02-01T00:00:00Z", []string{"2026-02-06T00:00:00Z", "2026-02-13T00:00:00Z", "2026-02-20T00:00:00Z", "2026-02-27T00:00:00Z", "2026-03-06T00:00:00Z"}},
		{"0 0 13 * wed", "2026-02-10T00:00:00Z", []string{"2026-02-11T00:00:00Z", "2026-02-13T00:00:00Z", "2026-02-18T00:00:00Z"}},
		{"0 0 */2 * 3", "2026-01-01T00:00:00Z", []string{"2026-01-07T00:00:00Z", "2026-01-21T00:00:00Z", "2026-02-11T00:00:00Z"}},
		{"0 0 L * *", "2028-01-31T00:00:00Z", []string{"2028-01-31T00:00:00Z", "2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z"}},
		{"0 0 L-3 * *", "2026-02-01T00:00:00Z", []string{"2026-02-25T00:00:00Z", "2026-03-28T00:00:00Z", "2026-04-27T00:00:00Z"}},
		{"0 0 LW * *", "2026-01-01T00:00:00Z", []string{"2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z", "2026-03-31T00:00:00Z"}},
		{"0 0 15W * *", "2026-02-01T00:00:00Z", []string{"2026-02-16T00:00:00Z", "2026-03-16T00:00:00Z", "2026-04-15T00:00:00Z", "2026-05-15T00:00:00Z"}},
		{"0 0 15W * *", "2026-08-01T00:00:00Z", []string{"2026-08-14T00:00:00Z"}},
		{"0 0 1W * *", "2026-08-01T00:00:00Z", []string{"2026-08-03T00:00:00Z"}},
		{"0 0 31W * *", "2026-05-01T00:00:00Z", []string{"2026-05-29T00:00:00Z", "2026-07-31T00:00:00Z"}},
		{"0 0 * * fri#2", "2026-01-01T00:00:00Z", []string{"2026-01-09T00:00:00Z", "2026-02-13T00:00:00Z", "2026-03-13T00:00:00Z"}},
		{"0 0 * * 0#5", "2026-01-01T00:00:00Z", []string{"2026-03-29T00:00:00Z", "2026-05-31T00:00:00Z"}},
		{"0 0 * * 5L", "2026-01-01T00:00:00Z", []string{"2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z", "2026-03-27T00:00:00Z"}},
		{"0 0 * * sunL", "2026-01-01T00:00:00Z", []string{"2026-01-25T00:00:00Z", "2026-02-22T00:00:00Z", "2026-03-29T00:00:00Z"}},
		{"0 0 29 2 *", "2026-01-01T00:00:00Z", []string{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
		{"0 0 29 2 *", "2096-03-01T00:00:00Z", []string{"2104-02-29T00:00:00Z"}},
		{"@yearly", "2026-01-01T00:00:01Z", []string{"2027-01-01T00:00:00Z"}},
		{"@annually", "2026-01-01T00:00:01Z", []string{"2027-01-01T00:00:00Z"}},
		{"@monthly", "2026-01-01T00:00:01Z", []string{"2026-02-01T00:00:00Z"}},
		{"@weekly", "2026-01-01T00:00:01Z", []string{"2026-01-04T00:00:00Z"}},
		{"@daily", "2026-01-01T00:00:01Z", []string{"2026-01-02T00:00:00Z"}},
		{"@midnight", "2026-01-01T00:00:01Z", []string{"2026-01-02T00:00:00Z"}},
		{" @Hourly ", "2026-01-01T00:00:01Z", []string{"2026-01-01T01:00:00Z"}},
		{"\t0  9 * * MON ", "2026-01-01T00:00:00Z", []string{"2026-01-05T09:00:00Z"}},
		// Others are known to get these wrong: the day rolls over without a check.
		{"0 * * * 1", "2026-01-05T22:30:00Z", []string{"2026-01-05T23:00:00Z", "2026-01-12T00:00:00Z"}},
		{"0 * 15 * *", "2026-01-15T22:30:00Z", []string{"2026-01-15T23:00:00Z", "2026-02-15T00:00:00Z"}},
		{"0 * 31 12 *", "2026-12-31T22:30:00Z", []string{"2026-12-31T23:00:00Z", "2027-12-31T00:00:00Z"}},
		{"0 0 31 * *", "2026-01-31T00:00:01Z", []string{"2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z"}},
	} {
		t.Run(c.expression, func(t *testing.T) {
			t.Parallel()
			tr, err := trigger.Cron(c.expression)
			if err != nil {
				t.Fatal(err)
			}
			follow(t, tr, at(t, c.from), c.want)
		})
	}
}

func TestCronQuartzDialect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		expression, from string
		want             []string
	}{
		{"0 0 12 ? * MON-FRI", "2026-01-02T13:00:00Z", []string{"2026-01-05T12:00:00Z"}},
		{"0 0 12 ? * 2", "2026-01-01T00:00:00Z", []string{"2026-01-05T12:00:00Z"}},
		{"0 0 12 ? * 1", "2026-01-01T00:00:00Z", []string{"2026-01-04T12:00:00Z"}},
		{"0 0 12 ? * 6-1", "2026-01-01T00:00:00Z", []string{"2026-01-02T12:00:00Z", "2026-01-03T12:00:00Z", "2026-01-04T12:00:00Z", "2026-01-09T12:00:00Z"}},
		{"0 0 12 ? * 6#3", "2026-01-01T00:00:00Z", []string{"2026-01-16T12:00:00Z"}},
		{"0 0 12 ? * 6L", "2026-01-01T00:00:00Z", []string{"2026-01-30T12:00:00Z"}},
		{"0 0 12 ? * L", "2026-01-01T00:00:00Z", []string{"2026-01-03T12:00:00Z", "2026-01-10T12:00:00Z"}},
		{"0 0/15 8 15 * ?", "2026-01-01T00:00:00Z", []string{"2026-01-15T08:00:00Z", "2026-01-15T08:15:00Z", "2026-01-15T08:30:00Z", "2026-01-15T08:45:00Z", "2026-02-15T08:00:00Z"}},
		{"0 0 0 29 2 ?", "2026-01-01T00:00:00Z", []string{"2028-02-29T00:00:00Z"}},
		{"0 0 0 1 1 ? 2030-2034/2", "2026-01-01T00:00:00Z", []string{"2030-01-01T00:00:00Z", "2032-01-01T00:00:00Z", "2034-01-01T00:00:00Z", "end"}},
	} {
		t.Run(c.expression, func(t *testing.T) {
			t.Parallel()
			tr, err := trigger.Cron(c.expression, trigger.Quartz())
			if err != nil {
				t.Fatal(err)
			}
			follow(t, tr, at(t, c.from), c.want)
		})
	}
}

func TestCronFields(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		fields trigger.Fields
		from   string
		want   []string
	}{
		{"none is every second", trigger.Fields{}, "2026-01-01T00:00:00.5Z", []string{"2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z"}},
		{"below the last one the lowest", trigger.Fields{Hour: "9-17", DayOfWeek: "mon-fri"}, "2026-01-02T16:30:00Z", []string{"2026-01-02T17:00:00Z", "2026-01-05T09:00:00Z"}},
		{"above it everything", trigger.Fields{Minute: "30"}, "2026-01-02T16:30:00Z", []string{"2026-01-02T16:30:00Z", "2026-01-02T17:30:00Z"}},
		{"a year", trigger.Fields{Year: "2027"}, "2026-01-01T00:00:00Z", []string{"2027-01-01T00:00:00Z", "end"}},
		{"a month", trigger.Fields{Month: "jun-aug"}, "2026-01-01T00:00:00Z", []string{"2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z", "2027-06-01T00:00:00Z"}},
		{"Monday is 0", trigger.Fields{DayOfWeek: "0"}, "2026-01-01T00:00:00Z", []string{"2026-01-05T00:00:00Z"}},
		{"Sunday is 6", trigger.Fields{DayOfWeek: "6"}, "2026-01-01T00:00:00Z", []string{"2026-01-04T00:00:00Z"}},
		{"day and day of week both match", trigger.Fields{Day: "13", DayOfWeek: "fri"}, "2026-01-01T00:00:00Z", []string{"2026-02-13T00:00:00Z", "2026-03-13T00:00:00Z", "2026-11-13T00:00:00Z"}},
		{"29 February on a Monday", trigger.Fields{Month: "2", Day: "29", DayOfWeek: "mon"}, "2026-01-01T00:00:00Z", []string{"2044-02-29T00:00:00Z", "2072-02-29T00:00:00Z"}},
		{"the last day", trigger.Fields{Day: "last", Hour: "12"}, "2026-02-01T00:00:00Z", []string{"2026-02-28T12:00:00Z", "2026-03-31T12:00:00Z"}},
		{"the first Friday", trigger.Fields{Day: "1st fri"}, "2026-01-03T00:00:00Z", []string{"2026-02-06T00:00:00Z", "2026-03-06T00:00:00Z"}},
		{"the fifth Sunday", trigger.Fields{Day: "5th sun"}, "2026-01-01T00:00:00Z", []string{"2026-03-29T00:00:00Z", "2026-05-31T00:00:00Z"}},
		{"the last Monday", trigger.Fields{Day: "last mon"}, "2026-01-01T00:00:00Z", []string{"2026-01-26T00:00:00Z", "2026-02-23T00:00:00Z"}},
		{"a list of them", trigger.Fields{Day: "1, 3rd Tue , last"}, "2026-01-01T00:00:00Z", []string{"2026-01-01T00:00:00Z", "2026-01-20T00:00:00Z", "2026-01-31T00:00:00Z"}},
		{"the ISO week 53", trigger.Fields{Week: "53", DayOfWeek: "mon"}, "2026-01-01T00:00:00Z", []string{"2026-12-28T00:00:00Z", "2032-12-27T00:00:00Z"}},
		{"the ISO week 1 begins in December", trigger.Fields{Week: "1"}, "2025-12-01T00:00:00Z", []string{"2025-12-29T00:00:00Z", "2025-12-30T00:00:00Z", "2025-12-31T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2027-01-04T00:00:00Z"}},
		{"steps count from the lowest", trigger.Fields{Day: "*/10"}, "2026-01-02T00:00:00Z", []string{"2026-01-11T00:00:00Z", "2026-01-21T00:00:00Z", "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"}},
		{"years in steps", trigger.Fields{Year: "2026/5", Month: "7"}, "2026-08-01T00:00:00Z", []string{"2031-07-01T00:00:00Z", "2036-07-01T00:00:00Z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tr, err := trigger.CronFields(c.fields)
			if err != nil {
				t.Fatal(err)
			}
			follow(t, tr, at(t, c.from), c.want)
		})
	}
}

// An error tells the column, or the field and its value, and what is allowed.
func TestCronRefusesWhatCantBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ expression, want string }{
		{"", "is empty"},
		{" ", "is empty"},
		{"* * * *", "4 fields; there must be 5"},
		{"* * * * * * *", "7 fields"},
		{"60 * * * *", "column 1: minute: 60 is not within 0-59"},
		{"0 24 * * *", "column 3: hour: 24 is not within 0-23"},
		{"0 0 0 * *", "column 5: day of month: 0 is not within 1-31"},
		{"0 0 * 13 *", "column 7: month: 13 is not within 1-12 or jan-dec"},
		{"0 0 * * 8", "column 9: day of week: 8 is not within 0-7 or sun-sat"},
		{"0 0 * * mon,tuesday", `column 13: day of week: "tuesday" is not within`},
		{"0 9-25 * * *", "column 5: hour: 25 is not within 0-23"},
		{"*/0 * * * *", "column 3: minute: the step \"0\" is not a number of 1 or more"},
		{"*/60 * * * *", "column 3: minute: the step 60 is larger than the span"},
		{"1-5/7 * * * *", "column 5: minute: the step 7 is larger than the span"},
		{"5x * * * *", "column 1: minute: \"5x\" is not within 0-59"},
		{"-5 * * * *", "column 1: minute: \"\" is not within 0-59"},
		{"5- * * * *", "column 3: minute: \"\" is not within 0-59"},
		{"1,,2 * * * *", "column 3: minute: a value is missing"},
		{"9999999999999999999 * * * *", "is not within 0-59"},
		{"0 0 ? * *", "column 5: day of month: \"?\" is not within"},
		{"0 0 L-31 * *", "column 7: day of month: \"31\" is not within 1-30"},
		{"0 0 * * fri#6", "column 13: day of week: \"6\" is not within 1-5"},
		{"0 0 * * L", "column 9: day of week: L needs a day before it"},
		{"0 0 32W * *", "column 5: day of month: 32 is not within 1-31"},
		{"@reboot", "column 1: the shorthands are @yearly"},
		{"TZ=UTC", "1 fields"},
		{"CRON_TZ=UTC 0 0 * * *", "column 1: second: \"CRON_TZ=UTC\" is not within 0-59"},
		{"@every", `"" is not a duration such as 90s`},
		{"@every 5", `column 7: "5" is not a duration`},
		{"@every -5s", "interval -5s: it must be longer than zero"},
		{"@every 0s", "interval 0s: it must be longer than zero"},
		{"0 0 30 2 *", "can never match"},
		{"0 0 31 2,4,6,9,11 *", "can never match"},
		{"0 0 31W feb *", "can never match"},
		{strings.Repeat("1,", 1000) + "1 * * * *", "1000 are allowed"},
		{"ſ * * * *", "column 1: minute"},
		{"0 0 * * İİİİİ#9", "column 9: day of week"},
	} {
		_, err := trigger.Cron(c.expression)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Cron(%.40q): %v, want an error with %q", c.expression, err, c.want)
		}
	}
	for _, c := range []struct{ expression, want string }{
		{"0 12 * * ?", "5 fields; the quartz dialect has 6"},
		{"0 0 12 ? * ?", "column 12: day of month and day of week can't both be ?"},
		{"0 0 12 15 * MON", "column 13: day of month and day of week are both given"},
		{"0 0 12 ? * 0", "column 12: day of week: 0 is not within 1-7 or sun-sat"},
		{"0 0 12 ?,1 * MON", "column 8: day of month: ? can't be part of a list"},
		{"0 0 12 1 1 ? 1969", "column 14: year: 1969 is not within 1970-9999"},
		{"@daily", "no shorthands"},
	} {
		_, err := trigger.Cron(c.expression, trigger.Quartz())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Cron(%q, Quartz): %v, want an error with %q", c.expression, err, c.want)
		}
	}
	for _, c := range []struct {
		fields trigger.Fields
		want   string
	}{
		{trigger.Fields{Hour: "9-25"}, `cron field hour "9-25": 25 is not within 0-23`},
		{trigger.Fields{Hour: "22-2"}, `cron field hour "22-2": the range 22-2 ends before it starts`},
		{trigger.Fields{DayOfWeek: "7"}, `cron field day_of_week "7": 7 is not within 0-6 or mon-sun`},
		{trigger.Fields{Minute: "*/60"}, `cron field minute "*/60": the step 60 is larger than the span`},
		{trigger.Fields{Day: "6th fri"}, `cron field day "6th fri": "6th" is none of 1st, 2nd, 3rd, 4th, 5th, last`},
		{trigger.Fields{Day: "1st foo"}, `cron field day "1st foo": "foo" is not within mon-sun`},
		{trigger.Fields{Day: "L"}, `cron field day "L": "L" is not within 1-31, last`},
		{trigger.Fields{Year: "1969"}, `cron field year "1969": 1969 is not within 1970-9999`},
		{trigger.Fields{Week: "54"}, `cron field week "54": 54 is not within 1-53`},
		{trigger.Fields{Month: "2", Day: "30"}, `cron month "2", day "30" can never match`},
		{trigger.Fields{Year: "2026", Week: "53", Day: "1"}, `can never match`},
		{trigger.Fields{Year: "2100", Month: "2", Day: "29"}, `can never match`},
	} {
		_, err := trigger.CronFields(c.fields)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("CronFields(%+v): %v, want an error with %q", c.fields, err, c.want)
		}
	}
}

func TestCronThatLiesOutsideItsBoundsIsRefused(t *testing.T) {
	t.Parallel()
	_, err := trigger.CronFields(trigger.Fields{Year: "2026"}, trigger.StartAt(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)))
	if err == nil || !strings.Contains(err.Error(), "can never match, from 2027-01-01T00:00:00Z") {
		t.Errorf("error is %v", err)
	}
	_, err = trigger.Cron("30 2 8 3 *", trigger.In(location(t, newYork)), trigger.SkipGap(),
		trigger.StartAt(at(t, "2026-01-01T00:00:00Z")), trigger.EndAt(at(t, "2026-12-31T00:00:00Z")))
	if err == nil || !strings.Contains(err.Error(), "can never match") {
		t.Errorf("a time that the clock jumps over: error is %v", err)
	}
}

func TestCronStartAndEndAreInclusive(t *testing.T) {
	t.Parallel()
	tr := trigger.MustCron("0 * * * *",
		trigger.StartAt(at(t, "2026-01-01T09:00:00Z")), trigger.EndAt(at(t, "2026-01-01T11:00:00Z")))
	want := []string{"2026-01-01T09:00:00Z", "2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z", "end"}
	follow(t, tr, at(t, "2025-01-01T00:00:00Z"), want)
	got, ok := tr.Next(at(t, "2020-01-01T00:00:00Z"), at(t, "2030-01-01T00:00:00Z"))
	if !ok || !got.Equal(at(t, "2026-01-01T09:00:00Z")) {
		t.Errorf("after a time before the start: %v, %v", got, ok)
	}
}

func TestCronAnswersInItsZone(t *testing.T) {
	t.Parallel()
	tr := trigger.MustCron("@daily", trigger.In(location(t, apia)))
	got, _ := tr.Next(time.Time{}, at(t, "2026-01-01T00:00:00Z"))
	if got.Location().String() != apia || got.Hour() != 0 {
		t.Errorf("the instant is %v", got)
	}
}

// Times of any kind end in an answer: no loop, no panic.
func TestFarTimesEnd(t *testing.T) {
	t.Parallel()
	far := []time.Time{{}, time.Unix(-1<<62, 0), time.Unix(1<<62, 0), at(t, "9999-12-31T23:59:59.999999999Z"), at(t, "1969-12-31T23:59:59.5Z")}
	triggers := []trigger.Trigger{
		trigger.MustCron("* * * * * *", trigger.In(location(t, newYork))), trigger.MustCron("@yearly"), trigger.MustEvery(time.Microsecond),
		trigger.MustEvery(time.Hour, trigger.StartAt(at(t, "1970-01-01T00:00:00Z"))), trigger.At(far[2]), trigger.At(far[1]), trigger.At(far[0]),
		trigger.Must(trigger.Or(trigger.MustCron("@yearly"), trigger.At(far[3]))),
	}
	for _, tr := range triggers {
		for _, prev := range far {
			for _, now := range far {
				next, ok := tr.Next(prev, now)
				if ok && !prev.IsZero() && !next.After(prev) {
					t.Errorf("%v: Next(%v, %v) = %v", tr, prev, now, next)
				}
				if j, ok := tr.(trigger.Jumper); ok && tr.Type() != "or" {
					if last, n := j.Jump(prev, now); n < 0 || n > 0 && last.After(now) {
						t.Errorf("%v: Jump(%v, %v) = %v, %d", tr, prev, now, last, n)
					}
				}
			}
		}
	}
}
