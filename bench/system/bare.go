package system

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-asyncz/asyncz/bench/place"
)

// A claimed task is one that statements have taken.
type claimed struct {
	id  string
	due time.Time
}

// Statements are the least that durable tasks need, as somebody would write it for
// one server who has no other aim. They run on one connection, for one goroutine.
type statements interface {
	setup(ctx context.Context) error
	// insert adds tasks in as few round trips as the server allows.
	insert(ctx context.Context, from, n int, due time.Time) error
	// claim takes up to n due tasks with their data, and moves their due times on.
	claim(ctx context.Context, now time.Time, n int, step time.Duration) ([]claimed, error)
	finish(ctx context.Context, done []claimed) error
	left(ctx context.Context) (bool, error)
	close()
}

const (
	bareBatch = 1000
	// bareHold is how far a claim moves a task that runs once.
	bareHold = time.Minute
	// barePause is how often it is looked for due tasks when there are none.
	barePause = time.Millisecond
)

// barePayload is about the size of a task of ours.
var barePayload = make([]byte, 300)

func bareID(n int) string { return fmt.Sprintf("task-%08d", n) }

type bareDurable struct {
	statements
	open func(context.Context) (statements, error)
}

func openBare(ctx context.Context, p place.Place) (Durable, error) {
	open, err := bareOn(p)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx)
	if err != nil {
		return nil, err
	}
	return &bareDurable{statements: s, open: open}, s.setup(ctx)
}

func bareOn(p place.Place) (func(context.Context) (statements, error), error) {
	switch p.Kind {
	case place.SQLite:
		return func(ctx context.Context) (statements, error) { return openBareSQLite(ctx, p.URL) }, nil
	case place.Postgres:
		return func(ctx context.Context) (statements, error) { return openBarePostgres(ctx, p.URL) }, nil
	case place.MariaDB:
		return func(ctx context.Context) (statements, error) { return openBareMariaDB(ctx, p.URL) }, nil
	case place.Redis, place.RedisAlways:
		return func(context.Context) (statements, error) { return openBareRedis(p.URL) }, nil
	default:
		return nil, fmt.Errorf("there are no bare statements for %q", p.Kind)
	}
}

func (b *bareDurable) Fill(ctx context.Context, n int, due time.Time) error {
	const chunk = 10_000
	for from := 0; from < n; from += chunk {
		if err := b.insert(ctx, from, min(chunk, n-from), due); err != nil {
			return err
		}
	}
	return nil
}

func (b *bareDurable) Adder(context.Context) (Adder, error) {
	return &bareAdder{open: b.open}, nil
}

// A bareAdder has a connection for each goroutine that adds.
type bareAdder struct {
	open func(context.Context) (statements, error)
	mu   sync.Mutex
	free []statements
}

func (a *bareAdder) take(ctx context.Context) (statements, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if last := len(a.free) - 1; last >= 0 {
		s := a.free[last]
		a.free = a.free[:last]
		return s, nil
	}
	return a.open(ctx)
}

func (a *bareAdder) Add(ctx context.Context, n int) error { return a.AddBatch(ctx, n, 1) }

func (a *bareAdder) AddBatch(ctx context.Context, from, n int) error {
	s, err := a.take(ctx)
	if err != nil {
		return err
	}
	defer func() {
		a.mu.Lock()
		a.free = append(a.free, s)
		a.mu.Unlock()
	}()
	return s.insert(ctx, from, n, time.Now())
}

func (a *bareAdder) Close() {
	for _, s := range a.free {
		s.close()
	}
}

func (b *bareDurable) Node(_ context.Context, run func(context.Context, Run)) (Node, error) {
	return &bareNode{open: b.open, run: run}, nil
}

func (b *bareDurable) Periodic(ctx context.Context, n int, run func(context.Context, Run)) (Node, error) {
	first := time.Now().Truncate(time.Second).Add(2 * time.Second)
	return &bareNode{open: b.open, run: run, every: time.Second}, b.Fill(ctx, n, first)
}

func (b *bareDurable) Left(ctx context.Context) (bool, error) { return b.left(ctx) }

// Claim moves tasks on by an hour, behind all others. However often they have been
// moved, they are due.
func (b *bareDurable) Claim(ctx context.Context, n int) (int, error) {
	got, err := b.claim(ctx, time.Now().AddDate(10, 0, 0), n, time.Hour)
	return len(got), err
}

func (b *bareDurable) Close() { b.close() }

// A bareNode claims, runs and finishes, with nothing else to do meanwhile.
type bareNode struct {
	open  func(context.Context) (statements, error)
	run   func(context.Context, Run)
	every time.Duration // 0: tasks run once
	stop  context.CancelFunc
	ended chan error
}

func (n *bareNode) Start(ctx context.Context) error {
	s, err := n.open(ctx)
	if err != nil {
		return err
	}
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	n.stop, n.ended = cancel, make(chan error, 1)
	go func() {
		defer s.close()
		n.ended <- n.loop(inner, s)
	}()
	return nil
}

func (n *bareNode) loop(ctx context.Context, s statements) error {
	step := n.every
	if step == 0 {
		step = bareHold
	}
	for ctx.Err() == nil {
		// What has begun is brought to its end.
		got, err := s.claim(context.WithoutCancel(ctx), time.Now(), bareBatch, step)
		if err != nil {
			return err
		}
		if n.run != nil {
			for _, t := range got {
				n.run(ctx, Run{t.id, t.due})
			}
		}
		if n.every == 0 && len(got) > 0 {
			if err := s.finish(context.WithoutCancel(ctx), got); err != nil {
				return err
			}
		}
		if len(got) == 0 {
			time.Sleep(barePause)
		}
	}
	return nil
}

func (n *bareNode) Stop(context.Context) error {
	n.stop()
	return <-n.ended
}
