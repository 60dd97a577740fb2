package main

import (
	"context"
	"os"
	"runtime"
	"time"

	"github.com/go-asyncz/asyncz/internal/faults/evidence"
)

// pulse is how often a process tells that it is alive and what it uses. A gap
// between two such lines shows that it, or the whole machine, stood still.
const pulse = 200 * time.Millisecond

func measure(ctx context.Context, file *evidence.File) {
	every := time.NewTicker(pulse)
	defer every.Stop()
	for ctx.Err() == nil {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		files, _ := os.ReadDir("/proc/self/fd") // elsewhere none are counted
		file.Put(evidence.Line{Kind: evidence.Vitals, Goroutines: runtime.NumGoroutine(), Files: len(files), Heap: m.HeapInuse})
		select {
		case <-every.C:
		case <-ctx.Done():
		}
	}
}
