package dashboard

import (
	"math"
	"time"
)

const (
	histogramFirst   = 100 * time.Microsecond // the upper bound of the first cell
	histogramPerTwo  = 4                      // cells for a doubling: a quantile is right to within a fifth
	histogramBuckets = 112                    // up to about seven hours
)

// A histogram counts durations in cells that grow by a constant factor.
type histogram struct {
	cells [histogramBuckets]uint32
	sum   int
}

func (h *histogram) add(d time.Duration) {
	cell := 0
	if d > histogramFirst {
		cell = int(math.Ceil(math.Log2(float64(d)/float64(histogramFirst)) * histogramPerTwo))
	}
	h.cells[min(cell, histogramBuckets-1)]++
	h.sum++
}

func (h *histogram) merge(other *histogram) {
	if other.sum == 0 {
		return
	}
	for i, n := range other.cells {
		h.cells[i] += n
	}
	h.sum += other.sum
}

// quantile returns the upper bound of the cell in which the quantile lies; false
// when nothing was counted.
func (h *histogram) quantile(q float64) (time.Duration, bool) {
	if h.sum == 0 {
		return 0, false
	}
	rank, seen := int(math.Ceil(q*float64(h.sum))), 0
	for i, n := range h.cells {
		if seen += int(n); seen >= rank {
			return time.Duration(float64(histogramFirst) * math.Exp2(float64(i)/histogramPerTwo)), true
		}
	}
	return math.MaxInt64, true
}
