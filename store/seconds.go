package store

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Seconds is a span of time in a driver's configuration, written as a number of
// seconds, as Python has it, or with its unit, as Go has it: 1.5, "1.5",
// "1500ms". See [Decode].
type Seconds float64

// UnmarshalText reads a number of seconds or a span with a unit.
func (s *Seconds) UnmarshalText(text []byte) error {
	f, err := strconv.ParseFloat(string(text), 64)
	if errors.Is(err, strconv.ErrSyntax) {
		d, err := time.ParseDuration(string(text))
		if err != nil {
			return fmt.Errorf("%q is neither a number of seconds nor a span such as 30s", text)
		}
		f = d.Seconds()
	}
	*s = Seconds(f)
	return s.check()
}

// Duration returns the span. It is right for what [Decode] has read, which
// refuses spans of more than 292 years.
func (s Seconds) Duration() time.Duration { return time.Duration(float64(s) * float64(time.Second)) }

func (s Seconds) check() error {
	if ns := float64(s) * float64(time.Second); math.IsNaN(ns) || math.Abs(ns) >= math.MaxInt64 {
		return fmt.Errorf("%v seconds are no span of time", float64(s))
	}
	return nil
}
