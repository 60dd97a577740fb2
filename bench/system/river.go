package system

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/go-asyncz/asyncz/bench/place"
)

// The best settings that were found: many workers, so that one fetch takes many
// jobs, and a pause between fetches of 2 ms (1 is the least that is allowed) in
// place of 100. The defaults name no number of workers; 100 is that of its manual.
var rivers = []System{
	{
		Name: "river", About: "its best: 2,000 workers, FetchCooldown 2 ms", Module: "github.com/riverqueue/river", Places: []string{place.Postgres},
		Without: []string{"recovery", "claim"}, // it is asked for with defaults; its claim can't be called alone
		Durable: openRiver(func(c *river.Config) {
			c.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2000}}
			c.FetchCooldown = 2 * time.Millisecond
		}),
	},
	{
		Name: "river-defaults", About: "its defaults, 100 workers", Module: "github.com/riverqueue/river", Places: []string{place.Postgres},
		Without: []string{"add-durable", "claim"}, // adding is the same
		Durable: openRiver(func(c *river.Config) {
			c.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 100}}
		}),
	},
}

type riverArgs struct {
	Task int `json:"task"`
}

func (riverArgs) Kind() string { return "bench" }

type riverDurable struct {
	pool   *pgxpool.Pool
	tune   func(*river.Config)
	insert *river.Client[pgx.Tx] // that only inserts
}

func openRiver(tune func(*river.Config)) func(context.Context, place.Place) (Durable, error) {
	return func(ctx context.Context, p place.Place) (Durable, error) {
		pool, err := pgxpool.New(ctx, p.URL)
		if err != nil {
			return nil, err
		}
		r := &riverDurable{pool: pool, tune: tune}
		if err := r.open(ctx); err != nil {
			pool.Close()
			return nil, fmt.Errorf("river: %w", err)
		}
		return r, nil
	}
}

func (r *riverDurable) open(ctx context.Context) error {
	m, err := rivermigrate.New(riverpgxv5.New(r.pool), &rivermigrate.Config{Schema: place.Name, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	r.insert, err = river.NewClient(riverpgxv5.New(r.pool), r.config())
	return err
}

func (r *riverDurable) config() *river.Config {
	return &river.Config{Schema: place.Name, Logger: slog.New(slog.DiscardHandler)}
}

func (r *riverDurable) Fill(ctx context.Context, n int, due time.Time) error {
	const chunk = 10_000
	for from := 0; from < n; from += chunk {
		if err := r.fast(ctx, from, min(chunk, n-from), due); err != nil {
			return err
		}
	}
	return nil
}

// fast inserts by COPY, which is its fastest way.
func (r *riverDurable) fast(ctx context.Context, from, n int, due time.Time) error {
	batch := make([]river.InsertManyParams, n)
	for i := range batch {
		batch[i].Args = riverArgs{from + i}
		if due.After(time.Now()) {
			batch[i].InsertOpts = &river.InsertOpts{ScheduledAt: due}
		}
	}
	_, err := r.insert.InsertManyFast(ctx, batch)
	return err
}

func (r *riverDurable) Adder(context.Context) (Adder, error) { return riverAdder{r}, nil }

func (r *riverDurable) Node(_ context.Context, run func(context.Context, Run)) (Node, error) {
	return r.node(run, nil)
}

// Periodic has its tasks in the client that leads; they all fire at one moment.
func (r *riverDurable) Periodic(_ context.Context, n int, run func(context.Context, Run)) (Node, error) {
	jobs := make([]*river.PeriodicJob, n)
	for i := range jobs {
		jobs[i] = river.NewPeriodicJob(river.PeriodicInterval(time.Second),
			func() (river.JobArgs, *river.InsertOpts) { return riverArgs{i}, nil }, nil)
	}
	return r.node(run, jobs)
}

func (r *riverDurable) node(run func(context.Context, Run), jobs []*river.PeriodicJob) (Node, error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[riverArgs]) error {
		if run != nil {
			run(ctx, Run{strconv.Itoa(job.Args.Task), job.ScheduledAt})
		}
		return nil
	}))
	c := r.config()
	c.Workers, c.PeriodicJobs = workers, jobs
	r.tune(c)
	return river.NewClient(riverpgxv5.New(r.pool), c)
}

// Left asks for the states in which a job is not yet done: done ones stay for a day.
func (r *riverDurable) Left(ctx context.Context) (left bool, err error) {
	err = r.pool.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM `+place.Name+`.river_job
		WHERE state IN ('available', 'pending', 'running', 'retryable', 'scheduled'))`).Scan(&left)
	return left, err
}

func (r *riverDurable) Close() { r.pool.Close() }

type riverAdder struct{ r *riverDurable }

func (a riverAdder) Add(ctx context.Context, n int) error {
	_, err := a.r.insert.Insert(ctx, riverArgs{n}, nil)
	return err
}

func (a riverAdder) AddBatch(ctx context.Context, from, n int) error {
	return a.r.fast(ctx, from, n, time.Time{})
}

func (riverAdder) Close() {}
