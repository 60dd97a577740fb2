package system

import (
	"container/heap"
	"sync"
	"time"

	"github.com/go-asyncz/asyncz/bench/place"
)

// The baselines are the limits: the least that does the work.
var baselines = []System{
	{
		Name: "heap", About: "baseline: a heap, one timer, and a goroutine a run", Places: []string{place.Memory},
		Memory: func() (Memory, error) {
			return &bareHeap{wake: make(chan struct{}, 1), stop: make(chan struct{})}, nil
		},
	},
	{
		Name: "bare", About: "baseline: one statement or script that claims 1,000, one that removes them", Places: place.Durable,
		// Without a scheduler there is nobody to tell of a new task, and nobody to miss a node.
		Without: []string{"start", "recovery"},
		Durable: openBare,
	},
}

type heapTask struct {
	at    time.Time
	every time.Duration
	f     func()
}

type tasks []heapTask

func (t tasks) Len() int           { return len(t) }
func (t tasks) Less(i, j int) bool { return t[i].at.Before(t[j].at) }
func (t tasks) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *tasks) Push(x any)        { *t = append(*t, x.(heapTask)) }
func (t *tasks) Pop() any {
	last := len(*t) - 1
	x := (*t)[last]
	*t = (*t)[:last]
	return x
}

type bareHeap struct {
	mu    sync.Mutex
	tasks tasks
	wake  chan struct{}
	stop  chan struct{}
}

func (h *bareHeap) Once(_ int, at time.Time, f func()) error {
	return h.add(heapTask{at: at, f: f})
}

func (h *bareHeap) Every(_ int, first time.Time, every time.Duration, f func()) error {
	return h.add(heapTask{at: first, every: every, f: f})
}

func (h *bareHeap) add(t heapTask) error {
	h.mu.Lock()
	heap.Push(&h.tasks, t)
	first := h.tasks[0].at.Equal(t.at)
	h.mu.Unlock()
	if first {
		select {
		case h.wake <- struct{}{}:
		default:
		}
	}
	return nil
}

func (h *bareHeap) Start() error {
	go h.loop()
	return nil
}

func (h *bareHeap) loop() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(h.fire())
		select {
		case <-timer.C:
		case <-h.wake:
		case <-h.stop:
			return
		}
	}
}

// fire runs what is due and returns how long there is nothing to do.
func (h *bareHeap) fire() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.tasks) > 0 {
		if wait := time.Until(h.tasks[0].at); wait > 0 {
			return wait
		}
		first := &h.tasks[0]
		go first.f()
		if first.every > 0 {
			first.at = first.at.Add(first.every)
			heap.Fix(&h.tasks, 0)
		} else {
			heap.Pop(&h.tasks)
		}
	}
	return time.Hour
}

func (h *bareHeap) Stop() { close(h.stop) }
