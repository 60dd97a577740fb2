package system

import (
	"time"

	"github.com/go-co-op/gocron/v2"

	"github.com/go-asyncz/asyncz/bench/place"
)

// gocron has no setting that makes it faster: limits on concurrent jobs add a
// queue. It logs nothing by itself.
var gocrons = []System{{
	Name: "gocron", About: "its defaults", Module: "github.com/go-co-op/gocron/v2", Places: []string{place.Memory},
	Memory: func() (Memory, error) {
		s, err := gocron.NewScheduler()
		return gocronMemory{s}, err
	},
	Next: func(expression string) (func(time.Time) time.Time, error) {
		c := gocron.NewDefaultCron(false)
		return c.Next, c.IsValid(expression, newYork(), time.Now())
	},
}}

type gocronMemory struct{ s gocron.Scheduler }

func (g gocronMemory) Once(_ int, at time.Time, f func()) error {
	_, err := g.s.NewJob(gocron.OneTimeJob(gocron.OneTimeJobStartDateTime(at)), gocron.NewTask(f))
	return err
}

func (g gocronMemory) Every(_ int, first time.Time, every time.Duration, f func()) error {
	_, err := g.s.NewJob(gocron.DurationJob(every), gocron.NewTask(f), gocron.WithStartAt(gocron.WithStartDateTime(first)))
	return err
}

func (g gocronMemory) Start() error {
	g.s.Start()
	return nil
}

func (g gocronMemory) Stop() { _ = g.s.Shutdown() }

// newYork is the zone of the cron expressions: one with summer time.
func newYork() *time.Location {
	loc, err := time.LoadLocation("America/New_York")
	if err != nil {
		panic(err) // the program carries the database of zones
	}
	return loc
}
