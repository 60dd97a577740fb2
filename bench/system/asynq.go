package system

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/go-asyncz/asyncz/bench/place"
)

// One goroutine takes tasks, one a round trip, so that more workers bring nothing:
// 10, as in its manual, were the best that was found. Its defaults are as many as
// the machine has cores. A check each 10 ms costs little and finds tasks sooner than
// one each second.
var asynqs = []System{
	{
		Name: "asynq", About: "its best: 10 workers, TaskCheckInterval 10 ms", Module: "github.com/hibiken/asynq", Places: []string{place.Redis, place.RedisAlways},
		Without: []string{"recovery", "claim"}, // it is asked for with defaults; its claim can't be called alone
		Durable: openAsynq(asynq.Config{Concurrency: 10, TaskCheckInterval: 10 * time.Millisecond}),
	},
	{
		Name: "asynq-defaults", About: "its defaults", Module: "github.com/hibiken/asynq", Places: []string{place.Redis, place.RedisAlways},
		Without: []string{"add-durable", "claim"}, // adding is the same
		Durable: openAsynq(asynq.Config{}),
	},
}

const (
	asynqType  = "bench"
	asynqQueue = "default"
)

type asynqDurable struct {
	opt    asynq.RedisConnOpt
	config asynq.Config
	c      *asynq.Client
	redis  redis.UniversalClient
}

func openAsynq(config asynq.Config) func(context.Context, place.Place) (Durable, error) {
	config.LogLevel = asynq.FatalLevel
	return func(ctx context.Context, p place.Place) (Durable, error) {
		opt, err := asynq.ParseRedisURI(p.URL)
		if err != nil {
			return nil, fmt.Errorf("asynq can't read the URL of Redis")
		}
		c, ok := opt.MakeRedisClient().(redis.UniversalClient)
		if !ok {
			return nil, fmt.Errorf("asynq has another client than go-redis's")
		}
		return &asynqDurable{opt: opt, config: config, c: asynq.NewClientFromRedisClient(c), redis: c}, c.Ping(ctx).Err()
	}
}

func (a *asynqDurable) enqueue(ctx context.Context, n int, opts ...asynq.Option) error {
	_, err := a.c.EnqueueContext(ctx, asynq.NewTask(asynqType, []byte(strconv.Itoa(n))), opts...)
	return err
}

// many has no batches to use in this version: 50 goroutines add one by one.
func (a *asynqDurable) many(ctx context.Context, from, n int, opts ...asynq.Option) error {
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range 50 {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				if err := a.enqueue(ctx, from+i, opts...); err != nil {
					return err
				}
			}
		})
	}
	return g.Wait()
}

func (a *asynqDurable) Fill(ctx context.Context, n int, due time.Time) error {
	if due.After(time.Now()) {
		return a.many(ctx, 0, n, asynq.ProcessAt(due))
	}
	return a.many(ctx, 0, n)
}

func (a *asynqDurable) Adder(context.Context) (Adder, error) { return asynqAdder{a}, nil }

func (a *asynqDurable) Node(_ context.Context, run func(context.Context, Run)) (Node, error) {
	return &asynqNode{d: a, handler: func(ctx context.Context, t *asynq.Task) error {
		if run != nil {
			run(ctx, Run{Task: string(t.Payload())})
		}
		return nil
	}}, nil
}

// Periodic has its tasks in a scheduler in memory, which adds them at whole seconds.
// A task does not know for when it was meant, but the runs of one entry come in the
// order in which they were added, and each is added within its second.
func (a *asynqDurable) Periodic(_ context.Context, n int, run func(context.Context, Run)) (Node, error) {
	dues := make([]chan time.Time, n) // of what was added and has not run
	for i := range dues {
		dues[i] = make(chan time.Time, 100)
	}
	of := func(t *asynq.Task) chan time.Time {
		i, err := strconv.Atoi(string(t.Payload()))
		if err != nil || i < 0 || i >= n {
			return nil // a task of somebody else
		}
		return dues[i]
	}
	s := asynq.NewScheduler(a.opt, &asynq.SchedulerOpts{LogLevel: asynq.FatalLevel, PreEnqueueFunc: func(t *asynq.Task, _ []asynq.Option) {
		select {
		case of(t) <- time.Now().Truncate(time.Second):
		default: // it has fallen that far behind
		}
	}})
	for i := range n {
		if _, err := s.Register("@every 1s", asynq.NewTask(asynqType, []byte(strconv.Itoa(i)))); err != nil {
			return nil, err
		}
	}
	return &asynqNode{d: a, scheduler: s, handler: func(ctx context.Context, t *asynq.Task) error {
		select {
		case due := <-of(t):
			run(ctx, Run{string(t.Payload()), due})
		default:
		}
		return nil
	}}, nil
}

// Left asks for the two lists in which tasks that are due are; no task of the
// benchmarks fails.
func (a *asynqDurable) Left(ctx context.Context) (bool, error) {
	for _, list := range []string{"active", "pending", "active"} { // one moves from the second to the first
		n, err := a.redis.LLen(ctx, "asynq:{"+asynqQueue+"}:"+list).Result()
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

func (a *asynqDurable) Close() { _ = a.redis.Close() }

type asynqAdder struct{ a *asynqDurable }

func (x asynqAdder) Add(ctx context.Context, n int) error { return x.a.enqueue(ctx, n) }
func (x asynqAdder) AddBatch(ctx context.Context, from, n int) error {
	return x.a.many(ctx, from, n)
}
func (asynqAdder) Close() {}

type asynqNode struct {
	d         *asynqDurable
	handler   asynq.HandlerFunc
	scheduler *asynq.Scheduler
	server    *asynq.Server
}

func (n *asynqNode) Start(context.Context) error {
	n.server = asynq.NewServer(n.d.opt, n.d.config)
	if n.scheduler != nil {
		if err := n.scheduler.Start(); err != nil {
			return err
		}
	}
	return n.server.Start(n.handler)
}

func (n *asynqNode) Stop(context.Context) error {
	if n.scheduler != nil {
		n.scheduler.Shutdown()
	}
	n.server.Shutdown()
	return nil
}
