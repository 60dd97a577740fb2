package redisstore_test

import (
	"context"
	"log/slog"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

// newScheduler makes a scheduler on a server, with a function that tells of its runs.
func newScheduler(t *testing.T, url string, ran func(task string)) (*asyncz.Scheduler, asyncz.Func[string, struct{}]) {
	t.Helper()
	fs := new(asyncz.Functions)
	f := asyncz.RegisterIn(fs, "tell", func(_ context.Context, task string) (struct{}, error) {
		ran(task)
		return struct{}{}, nil
	})
	s, err := asyncz.New(bg, asyncz.WithStoreURL("default", url), asyncz.WithFunctions(fs), asyncz.WithLogger(slog.New(slog.DiscardHandler)))
	must(t, err)
	t.Cleanup(func() { must(t, s.Shutdown(bg)) })
	return s, f
}

func TestSchedulersOfAClusterRunEachTaskOnce(t *testing.T) {
	t.Parallel()
	const n = 500
	p := newPlace(t, clusterURL(t))
	var mu sync.Mutex
	runs := map[string]int{}
	var all sync.WaitGroup
	all.Add(n)
	ran := func(task string) {
		mu.Lock()
		defer mu.Unlock()
		if runs[task]++; runs[task] == 1 {
			all.Done()
		}
	}
	first, f := newScheduler(t, p.fullURL(), ran)
	second, _ := newScheduler(t, p.fullURL(), ran)
	third, _ := newScheduler(t, p.fullURL(), ran)
	for _, s := range []*asyncz.Scheduler{first, second, third} {
		must(t, s.Start(bg))
	}
	tasks := make([]asyncz.NewTask, n)
	for i := range tasks {
		tasks[i] = asyncz.NewTask{Call: f.With(id(i)), Trigger: trigger.At(time.Now()), Options: []asyncz.TaskOption{asyncz.ID(id(i))}}
	}
	results, err := first.AddMany(bg, tasks)
	must(t, err)
	for _, err := range results {
		must(t, err)
	}
	all.Wait()
	mu.Lock()
	defer mu.Unlock()
	for task, times := range runs {
		if times != 1 {
			t.Errorf("task %s ran %d times", task, times)
		}
	}
}

// A server that goes away takes nothing with it, and no scheduler has to be
// started again when it is back.
func TestSchedulerGoesOnWhenItsServerIsBack(t *testing.T) {
	t.Parallel()
	server := newServer(t, "--appendonly", "yes", "--appendfsync", "always")
	runs := make(chan string, 1000)
	s, f := newScheduler(t, server.url()+"?tasks_key="+url.QueryEscape("a.tasks")+"&run_times_key=a.times", func(task string) { runs <- task })
	often, err := trigger.Every(50 * time.Millisecond)
	must(t, err)
	_, err = s.Add(bg, f.With("often"), often, asyncz.ID("often"))
	must(t, err)
	must(t, s.Start(bg))
	<-runs
	server.stop()
	for len(runs) > 0 {
		<-runs // of those that had begun
	}
	server.start()
	for range 3 {
		<-runs
	}
	_, err = s.Add(bg, f.With("later"), trigger.At(time.Now()), asyncz.ID("later"))
	for err != nil { // connections that ended are found out one by one
		says(t, err, nil)
		_, err = s.Add(bg, f.With("later"), trigger.At(time.Now()), asyncz.ID("later"))
	}
	for task := range runs {
		if task == "later" {
			break
		}
	}
}
