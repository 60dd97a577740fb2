package measure

import (
	"context"
	"fmt"
	"runtime"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
)

// A Machine is what figures were taken on. What can't be found out is empty.
type Machine struct {
	System    string `json:"system"` // and its kernel
	Processor string `json:"processor"`
	Cores     int    `json:"cores"`
	MemoryMiB uint64 `json:"memory_mib"`
	Go        string `json:"go"`
}

// ThisMachine looks at the machine.
func ThisMachine(ctx context.Context) Machine {
	m := Machine{System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(), Go: runtime.Version()}
	if h, err := host.InfoWithContext(ctx); err == nil {
		m.System = fmt.Sprintf("%s %s, %s %s, %s", h.Platform, h.PlatformVersion, h.OS, h.KernelVersion, h.KernelArch)
	}
	if all, err := cpu.InfoWithContext(ctx); err == nil && len(all) > 0 {
		m.Processor = all[0].ModelName
	}
	if v, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		m.MemoryMiB = v.Total >> 20
	}
	return m
}

// Load is the load average of the last minute, or -1.
func Load(ctx context.Context) float64 {
	l, err := load.AvgWithContext(ctx)
	if err != nil {
		return -1
	}
	return l.Load1
}
