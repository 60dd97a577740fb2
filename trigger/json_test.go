package trigger_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/trigger"
)

// forms are read, written the same or as the second one says, and told in a sentence.
var forms = []struct{ form, written, sentence string }{
	{`{"type":"date","run_at":"2030-01-31T09:00:00Z"}`, "", "once at 2030-01-31 09:00:00, UTC"},
	{`{"type":"date","run_at":"2030-01-31T09:00:00.5+01:00"}`, `{"type":"date","run_at":"2030-01-31T08:00:00.5Z"}`, "once at 2030-01-31 08:00:00.5, UTC"},
	{`{"run_at":"2026-03-08T02:30:00","timezone":"America/New_York","type":"date"}`, `{"type":"date","run_at":"2026-03-08T03:30:00-04:00","timezone":"America/New_York"}`, "once at 2026-03-08 03:30:00, America/New_York"},
	{`{"type":"date","run_at":"2026-11-01 01:30","timezone":"America/New_York"}`, `{"type":"date","run_at":"2026-11-01T01:30:00-04:00","timezone":"America/New_York"}`, "once at 2026-11-01 01:30:00, America/New_York"},
	{`{"type":"date","run_at":"2011-12-30","timezone":"Pacific/Apia"}`, `{"type":"date","run_at":"2011-12-31T00:00:00+14:00","timezone":"Pacific/Apia"}`, "once at 2011-12-31 00:00:00, Pacific/Apia"},
	{`{"type":"interval","minutes":5}`, "", "every 5 minutes"},
	{`{"type":"interval","hours":1}`, "", "every hour"},
	{`{"type":"interval","minutes":60}`, `{"type":"interval","hours":1}`, "every hour"},
	{`{"type":"interval","weeks":1,"days":1,"hours":1,"minutes":1,"seconds":1.5}`, `{"type":"interval","seconds":694861.5}`, "every 694861.5 seconds"},
	{`{"type":"interval","hours":0.25}`, `{"type":"interval","minutes":15}`, "every 15 minutes"},
	{`{"type":"interval","seconds":0.000001}`, "", "every 0.000001 seconds"},
	{`{"type":"interval","days":1,"timezone":"Europe/London","start_at":"2026-07-01T09:00:00","end_at":"2026-08-01T09:00:00","jitter":2.5}`,
		`{"type":"interval","days":1,"timezone":"Europe/London","start_at":"2026-07-01T09:00:00+01:00","end_at":"2026-08-01T09:00:00+01:00","jitter":2.5}`,
		"every day, from 2026-07-01T09:00:00+01:00, until 2026-08-01T09:00:00+01:00, up to 2.5s late"},
	{`{"type":"cron"}`, "", "every second"},
	{`{"type":"cron","hour":"9-17","day_of_week":"mon-fri","timezone":"Europe/Zurich","start_at":"2026-01-01T00:00:00+01:00","end_at":"2027-01-01T00:00:00+01:00","jitter":5}`,
		`{"type":"cron","day_of_week":"mon-fri","hour":"9-17","timezone":"Europe/Zurich","start_at":"2026-01-01T00:00:00+01:00","end_at":"2027-01-01T00:00:00+01:00","jitter":5}`,
		"at minute 0 of hour 9 to 17 on Monday to Friday, Europe/Zurich, from 2026-01-01T00:00:00+01:00, until 2027-01-01T00:00:00+01:00, up to 5s late"},
	{`{"type":"cron","expression":"0 9 * * mon-fri","timezone":"Europe/Zurich"}`, "", "at 09:00 on Monday to Friday, Europe/Zurich"},
	{`{"type":"cron","hour":9,"minute":" 30 "}`, `{"type":"cron","hour":"9","minute":"30"}`, "at 09:30 every day, UTC"},
	{`{"type":"cron","expression":"*/5 * * * *","timezone":"UTC"}`, `{"type":"cron","expression":"*/5 * * * *"}`, "every 5 minutes"},
	{`{"type":"cron","expression":"*/7 * * * *"}`, "", "every 7th minute from 0 to 59"},
	{`{"type":"cron","expression":"0 */2 * * *"}`, "", "every 2 hours"},
	{`{"type":"cron","expression":"15 * * * *"}`, "", "at minute 15 of every hour"},
	{`{"type":"cron","expression":"*/10 * * * * *"}`, "", "every 10 seconds"},
	{`{"type":"cron","expression":"30 0 12 * * *"}`, "", "at 12:00:30 every day, UTC"},
	{`{"type":"cron","expression":"0 9,17 1,15 * fri"}`, "", "at 09:00 and 17:00 on the 1st and the 15th or on Friday, UTC"},
	{`{"type":"cron","day":"13","day_of_week":"fri","month":"1-6"}`, `{"type":"cron","month":"1-6","day":"13","day_of_week":"fri"}`, "at 00:00 on the 13th if it is Friday in January to June, UTC"},
	{`{"type":"cron","day":"last, 2nd tue","year":"2030"}`, `{"type":"cron","year":"2030","day":"last, 2nd tue"}`, "at 00:00 on the last day of the month and the 2nd Tuesday of the month in 2030, UTC"},
	{`{"type":"cron","week":"1"}`, "", "at 00:00 in ISO week 1, UTC"},
	{`{"type":"cron","expression":"0 12 LW * *","gap":"skip","fold":"both"}`, "", "at 12:00 on the last working day of the month, UTC, not at times that the clock jumps over, twice for times that come twice"},
	{`{"type":"cron","expression":"0 0 12 ? * 6L","dialect":"quartz"}`, "", "at 12:00 on the last Friday of the month, UTC"},
	{`{"type":"cron","expression":"*/10 5 9 * * *"}`, "", "every 10 seconds of minute 5 of hour 9, UTC"},
	{`{"type":"cron","expression":"1/10 * * * * *"}`, "", "every 10th second from 1 to 59"},
	{`{"type":"cron","expression":"0 0 */2 * *"}`, "", "at 00:00 on every 2nd from the 1st to the 31st, UTC"},
	{`{"type":"cron","expression":"0 0 L-3,15W * *","fold":"first"}`, "", "at 00:00 on the day 3 before the last of the month and the working day nearest to the 15th, UTC, once for times that come twice"},
	{`{"type":"cron","expression":"0 * * * fri#2"}`, "", "every hour on the 2nd Friday of the month, UTC"},
	{`{"type":"cron","expression":"0 1,2,3,4,5,6,7 * * *"}`, "", "at minute 0 of hour 1, 2, 3, 4, 5, 6 and 7, UTC"},
	{`{"type":"cron","expression":"@daily","dialect":"unix","timezone":null}`, `{"type":"cron","expression":"@daily"}`, "at 00:00 every day, UTC"},
	{`{"type":"cron","expression":"@every 90s"}`, `{"type":"interval","seconds":90}`, "every 90 seconds"},
	{`{"type":"and","triggers":[{"type":"cron","expression":"0 9 * * *"},{"type":"or","triggers":[{"type":"cron","day":"1"},{"type":"cron","day_of_week":"mon","hour":"9"}]}]}`,
		`{"type":"and","triggers":[{"type":"cron","expression":"0 9 * * *"},{"type":"or","triggers":[{"type":"cron","day":"1"},{"type":"cron","day_of_week":"mon","hour":"9"}]}]}`,
		"at 09:00 every day, UTC and at the same time (at 00:00 on the 1st, UTC or at 09:00 on Monday, UTC)"},
	{`{"type":"shutdown"}`, "", "when the scheduler shuts down"},
}

func TestParseAndMarshalAreInverse(t *testing.T) {
	t.Parallel()
	for _, c := range forms {
		tr, err := trigger.Parse([]byte(c.form))
		if err != nil {
			t.Errorf("Parse(%s): %v", c.form, err)
			continue
		}
		want := c.written
		if want == "" {
			want = c.form
		}
		if got, err := json.Marshal(tr); err != nil || string(got) != want {
			t.Errorf("%s is written as\n%s, want\n%s (%v)", c.form, got, want, err)
		}
		if tr.String() != c.sentence {
			t.Errorf("%s is told as %q, want %q", c.form, tr, c.sentence)
		}
		survives(t, tr)
	}
}

// badForms are refused with an error that has the words.
var badForms = []struct{ form, words string }{
	{``, "it is not a JSON object"},
	{`[]`, "it is not a JSON object"},
	{`"cron"`, "it is not a JSON object"},
	{`{"type":"cron"`, "trigger: "},
	{`{"type":"cron"} {}`, "there is more after the JSON object"},
	{`{}`, `"type" is missing; the types are and, cron, date, interval, or, `},
	{`{"type":"cron","jitter":1e300}`, "jitter: "},
	{`{"type":"cron","hour":}`, "trigger: "},
	{`{"type":"cron",7:8}`, "trigger: "},
	{"{" + manyKeys() + `"type":"cron"}`, "there are more than 100 keys"},
	{`{"type":"cron","hour":"` + strings.Repeat("1,", 600) + `1"}`, "1201 characters; 1000 are allowed"},
	{`{"type":7}`, "type 7: it must be a text"},
	{`{"type":"crom"}`, "crom trigger: the type is not known; the types are and, cron, "},
	{`{"type":"date"}`, "date trigger: run_at is missing"},
	{`{"type":"date","run_at":"tomorrow"}`, `run_at "tomorrow": it must be a time such as`},
	{`{"type":"date","run_at":"2030-01-31T09:00:00"}`, `run_at "2030-01-31T09:00:00": it must be given with an offset`},
	{`{"type":"date","run_at":"2030-02-30T09:00:00Z"}`, `run_at "2030-02-30T09:00:00Z": it must be a time`},
	{`{"type":"date","run_at":"1969-12-31T23:59:59Z"}`, "run_at 1969-12-31T23:59:59Z is not within 1970-01-01 and 9999-12-30"},
	{`{"type":"date","run_at":"2030-01-31T09:00:00Z","tz":"UTC"}`, `date trigger: unknown key "tz"; the known ones are run_at, timezone`},
	{`{"type":"interval"}`, "interval 0s: it must be longer than zero"},
	{`{"type":"interval","minutes":-5}`, "interval -5m0s: it must be longer than zero"},
	{`{"type":"interval","minutes":"5"}`, `minutes "5": it must be a number`},
	{`{"type":"interval","days":1e300}`, "more than 100 years"},
	{`{"type":"interval","seconds":0.0000001}`, "interval 0s: it must be longer than zero"},
	{`{"type":"interval","minuts":5}`, `unknown key "minuts"; the known ones are timezone, start_at, end_at, jitter, weeks, days, hours, minutes, seconds`},
	{`{"type":"interval","minutes":5,"gap":"skip"}`, `unknown key "gap"`},
	{`{"type":"interval","minutes":5,"minutes":6}`, `the key "minutes" is there twice`},
	{`{"type":"interval","minutes":5,"start_at":"2026-02-01T00:00:00Z","end_at":"2026-01-01T00:00:00Z"}`, "end_at 2026-01-01T00:00:00Z is before start_at 2026-02-01T00:00:00Z"},
	{`{"type":"interval","minutes":5,"jitter":-1}`, "jitter -1s is not within 0 and"},
	{`{"type":"cron","hour":"25"}`, `cron field hour "25": 25 is not within 0-23`},
	{`{"type":"cron","hour":""}`, `hour "": it must be a text that is not empty, or a number`},
	{`{"type":"cron","hour":[9]}`, `hour [9]: it must be a text`},
	{`{"type":"cron","hours":"9"}`, `unknown key "hours"; the known ones are expression, year, month, day, week, day_of_week, hour, minute, second, timezone,`},
	{`{"type":"cron","expression":"0 9 * * *","hour":"9"}`, `expression "0 9 * * *" and fields are both given`},
	{`{"type":"cron","expression":""}`, `expression "" is empty`},
	{`{"type":"cron","expression":"0 9 * *"}`, "4 fields"},
	{`{"type":"cron","timezone":"Mars/Olympus"}`, `timezone "Mars/Olympus" is not known; use an IANA name such as "Europe/Zurich"`},
	{`{"type":"cron","timezone":"Local"}`, `timezone "Local" is another one on every machine`},
	{`{"type":"cron","timezone":""}`, `timezone "": it must be an IANA name`},
	{`{"type":"cron","gap":"fire"}`, `gap "fire" is not known; it is "skip" or left out`},
	{`{"type":"cron","fold":"last"}`, `fold "last" is not known; it is "both" or "first"`},
	{`{"type":"cron","dialect":"quarz","expression":"* * * * *"}`, `dialect "quarz" is not known; it is "unix" or "quartz"`},
	{`{"type":"cron","dialect":"quartz","hour":"9"}`, `dialect "quartz" is for expressions alone`},
	{`{"type":"cron","expression":"@every 5s","fold":"both"}`, "gap, fold and dialect are for cron alone"},
	{`{"type":"and"}`, "and trigger: triggers is missing"},
	{`{"type":"and","triggers":[]}`, "and: there are no triggers to combine"},
	{`{"type":"or","triggers":{}}`, "triggers {}: it must be a list"},
	{`{"type":"or","triggers":[null]}`, "or trigger: triggers[0]: trigger: it is not a JSON object"},
	{`{"type":"or","triggers":[{"type":"shutdown"}]}`, "trigger 1 is shutdown, which has no instants"},
	{`{"type":"or","triggers":[{"type":"date","run_at":"2030-01-31T09:00:00Z"},{"type":"interval","minutes":0}]}`, "or trigger: triggers[1]: interval trigger: interval 0s"},
	{`{"type":"or","triggers":[{"type":"cron"}],"jitter":5}`, `unknown key "jitter"; the known ones are triggers`},
	{`{"type":"and","triggers":[{"type":"cron","hour":"9"},{"type":"cron","hour":"10"}]}`, "and: no common instant was found"},
	{`{"type":"and","triggers":[{"type":"date","run_at":"2030-01-31T09:00:00Z"},{"type":"cron","hour":"10"}]}`, "and: the triggers have no instant in common"},
	{`{"type":"shutdown","at":"once"}`, `shutdown trigger: unknown key "at"; there are none but type`},
	{strings.Repeat(`{"type":"or","triggers":[`, 500) + strings.Repeat("]}", 500), "triggers are nested deeper than 16"},
}

func manyKeys() string {
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, `"key%d":1,`, i)
	}
	return b.String()
}

func TestParseRefusesWithAnErrorThatHelps(t *testing.T) {
	t.Parallel()
	for _, c := range badForms {
		tr, err := trigger.Parse([]byte(c.form))
		if err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("Parse(%.200s) = %v, %v; want an error with %q", c.form, tr, err, c.words)
		}
	}
}

func TestEqualComparesForms(t *testing.T) {
	t.Parallel()
	parse := func(form string) trigger.Trigger {
		t.Helper()
		tr, err := trigger.Parse([]byte(form))
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	hour := parse(`{"type":"interval","hours":1}`)
	if !trigger.Equal(hour, parse(`{"minutes":60,"type":"interval"}`)) {
		t.Error("60 minutes and an hour differ")
	}
	if trigger.Equal(hour, parse(`{"type":"interval","hours":2}`)) || trigger.Equal(hour, nil) || !trigger.Equal(nil, nil) {
		t.Error("unequal triggers are equal")
	}
}

func TestTypesAreSorted(t *testing.T) {
	t.Parallel()
	types := trigger.Types()
	if !slices.IsSorted(types) || !slices.Contains(types, "cron") || !slices.Contains(types, "weekdays") {
		t.Errorf("the types are %q", types)
	}
}
