package measure

import "time"

// Names of figures. Their ends are their units.
const (
	Seconds    = "seconds"
	PerSecond  = "per_second"
	Nanos      = "ns"          // each
	Bytes      = "bytes"       // live, each
	Allocs     = "allocations" // each
	Goroutines = "goroutines"
	P50        = "p50_ms"
	P99        = "p99_ms"
	Max        = "max_ms"
	CPU        = "cpu_percent"        // of a core, of the process of the system
	ServerCPU  = "server_cpu_percent" // of a core
	Peak       = "peak_mib"           // of the memory of the process
	Missed     = "missed"             // fires that did not come
)

// Names is the order in which figures are shown.
var Names = []string{PerSecond, Seconds, Nanos, Allocs, Bytes, P50, P99, Max, Missed, CPU, ServerCPU, Goroutines, Peak}

// MoreIsBetter tells of a figure how it is to be read.
func MoreIsBetter(name string) bool { return name == PerSecond }

// Figures are what one measurement has found, by their names.
type Figures map[string]float64

// Late notes how late runs began.
func (f Figures) Late(all []time.Duration) {
	f[P50], f[P99], f[Max] = Quantile(all, 0.5), Quantile(all, 0.99), Quantile(all, 1)
}

// Rate notes how long n things took.
func (f Figures) Rate(n int, took time.Duration) {
	f[Seconds], f[PerSecond] = took.Seconds(), float64(n)/took.Seconds()
}
