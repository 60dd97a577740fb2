// Package measure has what all measurements need: samples and their spread, the
// order of repetitions, processor time, memory, and the machine.
package measure

import (
	"math"
	"slices"
	"time"
)

// A Sample is what the repetitions of one measurement have found.
type Sample []float64

// Median is the middle value, of an even number the mean of both; NaN of none.
func (s Sample) Median() float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// Least and Most are the ends of the spread; NaN of none.
func (s Sample) Least() float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	return slices.Min(s)
}

// Most is the largest value; NaN of none.
func (s Sample) Most() float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	return slices.Max(s)
}

// Quantile is the smallest of the durations that at least the part q of them do not
// exceed (q 0.5: the median, 1: the largest), in milliseconds. It sorts them.
func Quantile(all []time.Duration, q float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	slices.Sort(all)
	i := int(math.Ceil(q*float64(len(all)))) - 1
	return all[min(max(i, 0), len(all)-1)].Seconds() * 1000
}
