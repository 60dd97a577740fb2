//go:build unix

package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/internal/faults/evidence"
	"github.com/go-asyncz/asyncz/internal/faults/setup"
	"github.com/go-asyncz/asyncz/internal/faults/witness"
	"github.com/go-asyncz/asyncz/internal/testserver"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

// What is measured by hand takes more of both.
var (
	tasks   = flag.Int("tasks", 2000, "due tasks that BenchmarkDrain drains")
	seconds = flag.Int("seconds", 1, "how long BenchmarkLateness fires tasks, and a part of BenchmarkAddToStart's length")
)

// A bench is a store on a server, with nodes of their own processes on it.
type bench struct {
	*testing.B
	dir, url string
	program  string
	bare     store.Store
	operator *asyncz.Scheduler // which runs nothing
	nodes    []*exec.Cmd
}

func newBench(b *testing.B, server string) *bench {
	b.Helper()
	const name = "asyncz_scale" // one after the other uses it
	parameter := map[string]string{"postgres": "tablename=" + name, "redis": "tasks_key=" + name + ".tasks&run_times_key=" + name + ".run_times"}[server]
	url := testserver.URL(b, server)
	if strings.Contains(url, "?") {
		url += "&" + parameter
	} else {
		url += "?" + parameter
	}
	x := &bench{B: b, dir: b.TempDir(), url: url}
	var err error
	check := func() {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	x.program = node(b, "")
	x.bare, err = witness.Bare(b.Context(), url)
	check()
	err = x.bare.Clear(b.Context())
	check()
	x.operator, err = asyncz.New(b.Context(), asyncz.WithStore(asyncz.DefaultAlias, x.bare), asyncz.WithEncryptionKey(""),
		asyncz.WithFunctions(&asyncz.Functions{}), asyncz.WithLogger(slog.New(slog.DiscardHandler)))
	check()
	b.Cleanup(func() {
		x.stop()
		if err := x.bare.Clear(context.Background()); err != nil {
			b.Error(err)
		}
		_ = x.operator.Shutdown(context.Background())
	})
	return x
}

// start begins nodes with the settings that a scheduler has by itself, and returns
// when they run.
func (x *bench) start(n int) {
	x.Helper()
	for i := range n {
		told, _ := json.Marshal(setup.Node{
			Name: fmt.Sprint("n", i+1), Store: x.url, Evidence: x.dir, Quiet: true, Drain: time.Minute,
			Lease: asyncz.DefaultLease, Beat: asyncz.DefaultHeartbeat, Poll: asyncz.DefaultPoll,
		})
		cmd := exec.Command(x.program, string(told))
		if _, err := cmd.StdinPipe(); err != nil { // it ends with it
			x.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			x.Fatal(err)
		}
		x.nodes = append(x.nodes, cmd)
	}
	for x.count(evidence.Started) < n {
		time.Sleep(20 * time.Millisecond)
	}
}

func (x *bench) stop() {
	for _, cmd := range x.nodes {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	x.nodes = nil
}

func (x *bench) lines() []evidence.Line {
	x.Helper()
	lines, err := evidence.Read(x.dir)
	if err != nil {
		x.Fatal(err)
	}
	return lines
}

func (x *bench) count(kind string) (n int) {
	for _, l := range x.lines() {
		if l.Kind == kind {
			n++
		}
	}
	return n
}

// report gives the spread of durations.
func (x *bench) report(all []time.Duration) {
	x.Helper()
	if len(all) == 0 {
		x.Fatal("nothing was measured")
	}
	slices.Sort(all)
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
	x.ReportMetric(ms(all[len(all)/2]), "p50-ms")
	x.ReportMetric(ms(all[len(all)*99/100]), "p99-ms")
	x.ReportMetric(ms(all[len(all)-1]), "max-ms")
	x.ReportMetric(0, "ns/op")
}

// onServers runs a benchmark on each server that can notify.
func onServers(b *testing.B, f func(b *testing.B, server string)) {
	for _, server := range []string{"postgres", "redis"} {
		b.Run(server, func(b *testing.B) { f(b, server) })
	}
}

// BenchmarkDrain lets processes drain due tasks that do nothing: what two and four
// gain over one on the machine that runs the server too.
func BenchmarkDrain(b *testing.B) {
	onServers(b, func(b *testing.B, server string) {
		for _, nodes := range []int{1, 2, 4} {
			b.Run(fmt.Sprint("nodes=", nodes), func(b *testing.B) {
				rate := 0.0
				for range b.N {
					rate += drain(b, server, nodes)
				}
				b.ReportMetric(rate/float64(b.N), "tasks/s")
				b.ReportMetric(0, "ns/op")
			})
		}
	})
}

func drain(b *testing.B, server string, nodes int) float64 {
	x := newBench(b, server)
	due := time.Now().Add(2*time.Second + time.Duration(*tasks)*100*time.Microsecond)
	var batch []asyncz.NewTask
	for i := range *tasks {
		batch = append(batch, asyncz.NewTask{Call: asyncz.Named(setup.Nothing, nil), Trigger: trigger.At(due), Options: []asyncz.TaskOption{asyncz.ID(fmt.Sprint("t", i))}})
	}
	if _, err := x.operator.AddMany(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
	x.start(nodes)
	if late := time.Since(due); late > 0 {
		b.Fatalf("the nodes were ready %v after the tasks were due", late)
	}
	time.Sleep(time.Until(due))
	for {
		next, err := x.bare.NextDue(b.Context(), nil)
		if err != nil {
			b.Fatal(err)
		}
		if next.IsZero() {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	took := time.Since(due)
	x.stop()
	return float64(*tasks) / took.Seconds()
}

// BenchmarkLateness fires a thousand tasks each second on three nodes, all at once or
// spread over it, and tells how late their functions begin.
func BenchmarkLateness(b *testing.B) {
	onServers(b, func(b *testing.B, server string) {
		for how, apart := range map[string]time.Duration{"spread": time.Millisecond, "aligned": 0} {
			b.Run(how, func(b *testing.B) {
				for range b.N {
					lateness(b, server, apart)
				}
			})
		}
	})
}

func lateness(b *testing.B, server string, apart time.Duration) {
	x := newBench(b, server)
	first := time.Now().Add(3 * time.Second).Truncate(time.Second)
	end := first.Add(time.Duration(*seconds) * time.Second)
	var batch []asyncz.NewTask
	for i := range 1000 {
		every := trigger.MustEvery(time.Second, trigger.StartAt(first.Add(time.Duration(i)*apart)), trigger.EndAt(end))
		batch = append(batch, asyncz.NewTask{Call: asyncz.Named(setup.Noted, nil), Trigger: every, Options: []asyncz.TaskOption{asyncz.ID(fmt.Sprint("t", i))}})
	}
	if _, err := x.operator.AddMany(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
	x.start(3)
	time.Sleep(time.Until(end.Add(2 * time.Second)))
	x.stop()
	x.report(x.late())
}

// late is how late each run began.
func (x *bench) late() (all []time.Duration) {
	for _, l := range x.lines() {
		if l.Kind == evidence.Begin {
			all = append(all, l.At.Sub(l.Fire))
		}
	}
	return all
}

// BenchmarkAddToStart adds tasks that are due now, one after the other, while three
// nodes have nothing to do, and tells when their functions begin.
func BenchmarkAddToStart(b *testing.B) {
	onServers(b, func(b *testing.B, server string) {
		for range b.N {
			x := newBench(b, server)
			x.start(3)
			time.Sleep(500 * time.Millisecond)
			asked := map[string]time.Time{}
			for i := range 20 * *seconds {
				id := fmt.Sprint("t", i)
				asked[id] = time.Now()
				if _, err := x.operator.Add(b.Context(), asyncz.Named(setup.Noted, nil), trigger.At(asked[id]), asyncz.ID(id)); err != nil {
					b.Fatal(err)
				}
				time.Sleep(50 * time.Millisecond)
			}
			time.Sleep(time.Second)
			x.stop()
			var all []time.Duration
			for _, l := range x.lines() {
				if l.Kind == evidence.Begin {
					all = append(all, l.At.Sub(asked[l.Task]))
				}
			}
			if len(all) != len(asked) {
				b.Errorf("%d of %d tasks ran", len(all), len(asked))
			}
			x.report(all)
		}
	})
}
