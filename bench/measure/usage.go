package measure

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// A Watch measures what a process uses from one moment on.
type Watch struct {
	began time.Time
	used  time.Duration
}

// StartWatch begins now.
func StartWatch() Watch { return Watch{began: time.Now(), used: processTime()} }

// Note writes the processor time since then, in percent of a core, and the largest
// memory that the process has had. What the system does not tell is left out.
func (w Watch) Note(f Figures) {
	if used := processTime(); used > 0 {
		f[CPU] = Percent(used-w.used, time.Since(w.began))
	}
	if peak := peakMemory(); peak > 0 {
		f[Peak] = float64(peak) / (1 << 20)
	}
}

// Percent is how much of a core a time of the processor was.
func Percent(used, passed time.Duration) float64 {
	return 100 * used.Seconds() / passed.Seconds()
}

// Live is the number of bytes on the heap that something refers to.
func Live() int64 {
	runtime.GC()
	runtime.GC() // the first leaves what had a finalizer
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// peakMemory is the most that was resident, by Linux, or 0. The figure of getrusage
// is no use: a process begins with that of the one that started it.
func peakMemory() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}
