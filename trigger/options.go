package trigger

import (
	"errors"
	"fmt"
	"time"
)

// An Option changes a trigger that is being made.
type Option func(*settings) error

// settings is what the options and the keys of the JSON form say, before it is
// known which of them the trigger has.
type settings struct {
	bounds
	gap     string
	fold    string
	dialect string
}

// In sets the time zone: the one in which cron reads the clock, and in which
// instants are returned and shown. The default is UTC. The location must be UTC
// or one of time.LoadLocation, because a stored trigger keeps its name alone.
func In(loc *time.Location) Option {
	return func(s *settings) (err error) {
		s.zone, err = zoneOf(loc)
		return err
	}
}

// StartAt sets the time before which nothing fires. It is the first instant of
// an interval.
func StartAt(t time.Time) Option {
	return func(s *settings) (err error) {
		s.start, err = instant("start_at", t)
		return err
	}
}

// EndAt sets the last time at which something may fire.
func EndAt(t time.Time) Option {
	return func(s *settings) (err error) {
		s.end, err = instantBefore("end_at", t)
		return err
	}
}

// Jitter lets each run start later than its instant by a random time of up to
// this length; see [Jitterer]. The default is 0.
func Jitter(d time.Duration) Option {
	return func(s *settings) error {
		s.jitter = d.Round(time.Microsecond)
		return nil
	}
}

// SkipGap leaves out what cron would fire at times that the clock jumps over in
// spring. The default is to fire once, right after the jump, when the hour is a
// fixed one.
func SkipGap() Option { return func(s *settings) error { s.gap = "skip"; return nil } }

// FoldFirst makes cron fire once for a time that the clock shows twice in
// autumn, also when the hour is "*" or "*/n".
func FoldFirst() Option { return func(s *settings) error { s.fold = "first"; return nil } }

// FoldBoth makes cron fire twice for a time that the clock shows twice in
// autumn, also when the hour is a fixed one.
func FoldBoth() Option { return func(s *settings) error { s.fold = "both"; return nil } }

// Quartz makes [Cron] read the dialect of the Quartz scheduler: six fields with
// seconds first, or seven with the year last, and 1 is Sunday.
func Quartz() Option { return func(s *settings) error { s.dialect = "quartz"; return nil } }

func apply(options []Option) (settings, error) {
	var s settings
	for _, o := range options {
		if err := o(&s); err != nil {
			return settings{}, err
		}
	}
	return s, s.check()
}

// check returns an error when a value can't be, whatever the trigger.
func (s *settings) check() error {
	if s.jitter < 0 || s.jitter > longest {
		return fmt.Errorf("jitter %v is not within 0 and %v", s.jitter, longest)
	}
	if !s.start.IsZero() && !s.end.IsZero() && s.end.Before(s.start) {
		return fmt.Errorf("end_at %s is before start_at %s", s.show(s.end), s.show(s.start))
	}
	for _, c := range []struct{ key, value, one, two string }{
		{"gap", s.gap, "skip", "skip"}, {"fold", s.fold, "both", "first"}, {"dialect", s.dialect, "unix", "quartz"},
	} {
		if c.value == "" || c.value == c.one || c.value == c.two {
			continue
		}
		if c.one == c.two {
			return fmt.Errorf("%s %q is not known; it is %q or left out", c.key, c.value, c.one)
		}
		return fmt.Errorf("%s %q is not known; it is %q or %q", c.key, c.value, c.one, c.two)
	}
	return nil
}

// plain returns the bounds, and an error when more was set.
func (s *settings) plain() (bounds, error) {
	if s.gap != "" || s.fold != "" || s.dialect != "" {
		return bounds{}, errors.New("gap, fold and dialect are for cron alone, not for an interval")
	}
	return s.bounds, nil
}
