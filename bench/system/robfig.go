package system

import (
	"time"

	"github.com/robfig/cron/v3"

	"github.com/go-asyncz/asyncz/bench/place"
)

var robfigs = []System{{
	Name: "robfig", About: "its defaults, with schedules of our own where it has none", Module: "github.com/robfig/cron/v3", Places: []string{place.Memory},
	Memory: func() (Memory, error) { return robfigMemory{cron.New()}, nil },
	Next: func(expression string) (func(time.Time) time.Time, error) {
		s, err := cron.ParseStandard("CRON_TZ=America/New_York " + expression)
		if err != nil {
			return nil, err
		}
		return s.Next, nil
	},
}}

// series is a schedule. Its own @every has whole seconds only, and nothing runs once.
type series struct {
	first time.Time
	every time.Duration // 0: once
}

func (s series) Next(after time.Time) time.Time {
	switch {
	case after.Before(s.first):
		return s.first
	case s.every == 0:
		return time.Time{} // never again
	default:
		return s.first.Add((after.Sub(s.first)/s.every + 1) * s.every)
	}
}

type robfigMemory struct{ c *cron.Cron }

func (r robfigMemory) Once(_ int, at time.Time, f func()) error {
	r.c.Schedule(series{first: at}, cron.FuncJob(f))
	return nil
}

func (r robfigMemory) Every(_ int, first time.Time, every time.Duration, f func()) error {
	r.c.Schedule(series{first, every}, cron.FuncJob(f))
	return nil
}

func (r robfigMemory) Start() error {
	r.c.Start()
	return nil
}

func (r robfigMemory) Stop() { r.c.Stop() }
