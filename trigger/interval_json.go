package trigger

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// spans are the units of the JSON form, largest first.
var spans = []struct {
	name string
	d    time.Duration
}{
	{"weeks", 7 * 24 * time.Hour}, {"days", 24 * time.Hour}, {"hours", time.Hour}, {"minutes", time.Minute}, {"seconds", time.Second},
}

// span returns the largest unit of which the interval is a whole number, else seconds.
func (i *interval) span() (name string, d time.Duration) {
	for _, s := range spans {
		if name, d = s.name, s.d; i.every%d == 0 {
			break
		}
	}
	return name, d
}

func (i *interval) MarshalJSON() ([]byte, error) {
	w := newWriter("interval")
	name, d := i.span()
	w.number(name, decimal(i.every, d))
	i.write(w)
	return w.bytes(), nil
}

func (i *interval) String() string {
	name, d := i.span()
	s := "every " + decimal(i.every, d) + " " + name
	if i.every == d {
		s = "every " + strings.TrimSuffix(name, "s")
	}
	return s + i.bounds.String()
}

func parseInterval(o *object) (Trigger, error) {
	var total float64 // microseconds
	known := []string{"timezone", "start_at", "end_at", "jitter"}
	for _, s := range spans {
		total += o.count(s.name) * float64(s.d.Microseconds())
		known = append(known, s.name)
	}
	s := o.settings()
	if err := o.done(known...); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	d, err := duration(total)
	if err != nil {
		return nil, err
	}
	return newInterval(d, s.bounds)
}

// duration returns a number of microseconds as a duration.
func duration(micros float64) (time.Duration, error) {
	if limit := float64(longest.Microseconds()); micros > limit || micros < -limit {
		return 0, fmt.Errorf("%g seconds are more than 100 years", micros/1e6)
	}
	return time.Duration(micros+half(micros)) * time.Microsecond, nil
}

func half(f float64) float64 {
	if f < 0 {
		return -0.5
	}
	return 0.5
}

// decimal writes a duration exactly, as a multiple of a unit of whole seconds.
func decimal(d, unit time.Duration) string {
	s := strconv.FormatInt(int64(d/unit), 10)
	if rest := d % unit; rest > 0 {
		s += strings.TrimRight(fmt.Sprintf(".%06d", rest.Microseconds()), "0")
	}
	return s
}
