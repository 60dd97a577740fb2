package system

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/reugn/go-quartz/quartz"

	"github.com/go-asyncz/asyncz/bench/place"
)

// By its defaults go-quartz drops what is more than 100 ms late, so that it looks
// punctual and fires little: here it is let run late, as all others do. Its workers
// have no limit by themselves, which is the fastest.
var quartzes = []System{{
	Name: "go-quartz", About: "runs late what its defaults drop", Module: "github.com/reugn/go-quartz", Places: []string{place.Memory},
	Memory: func() (Memory, error) {
		s, err := quartz.NewStdScheduler(quartz.WithOutdatedThreshold(time.Hour))
		return quartzMemory{s}, err
	},
	Next: func(expression string) (func(time.Time) time.Time, error) {
		t, err := quartz.NewCronTriggerWithLoc(quartzForm[expression], newYork())
		if err != nil {
			return nil, fmt.Errorf("go-quartz's form of %q is %q: %w", expression, quartzForm[expression], err)
		}
		return func(after time.Time) time.Time {
			next, err := t.NextFireTime(after.UnixNano())
			if err != nil {
				panic(err)
			}
			return time.Unix(0, next)
		}, nil
	},
}}

// quartzForm has the same expressions with seconds, and 1 for Sunday.
var quartzForm = map[string]string{
	"*/5 * * * *": "0 */5 * * * ?",
	"0 0 29 2 *":  "0 0 0 29 2 ?",
	"0 9 * * 1-5": "0 0 9 ? * 2-6",
	"30 2 * * *":  "0 30 2 * * ?",
	"0 0 1 1 *":   "0 0 0 1 1 ?",
}

type quartzMemory struct{ s quartz.Scheduler }

func (q quartzMemory) Once(n int, at time.Time, f func()) error {
	return q.schedule(n, series{first: at}, f)
}

func (q quartzMemory) Every(n int, first time.Time, every time.Duration, f func()) error {
	return q.schedule(n, series{first, every}, f)
}

func (q quartzMemory) schedule(n int, s series, f func()) error {
	return q.s.ScheduleJob(quartz.NewJobDetail(quartzJob(f), quartz.NewJobKey(strconv.Itoa(n))), quartzTrigger{s})
}

func (q quartzMemory) Start() error {
	q.s.Start(context.Background())
	return nil
}

func (q quartzMemory) Stop() { q.s.Stop() }

type quartzTrigger struct{ s series }

func (t quartzTrigger) NextFireTime(prev int64) (int64, error) {
	next := t.s.Next(time.Unix(0, prev))
	if next.IsZero() {
		return 0, quartz.ErrTriggerExpired
	}
	return next.UnixNano(), nil
}

func (quartzTrigger) Description() string { return "series" }

type quartzJob func()

func (f quartzJob) Execute(context.Context) error {
	f()
	return nil
}

func (quartzJob) Description() string { return "function" }
