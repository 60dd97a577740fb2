package executor_test

import (
	"context"
	"fmt"

	"github.com/go-asyncz/asyncz/executor"
)

type greeting string

func (g greeting) Run() { fmt.Println("hello,", g) }

func Example() {
	e := executor.NewGoroutines(10)

	n := e.Reserve(25) // asked for 25, there are 10
	e.Start(greeting("world"))
	e.Release(n - 1)

	if err := e.Shutdown(context.Background()); err != nil {
		fmt.Println(err)
	}
	fmt.Println("places:", n)
	// Output:
	// hello, world
	// places: 10
}

func ExampleNew() {
	e, err := executor.New(map[string]any{"type": "threadpool", "max_workers": 10, "queue": 100})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("places:", e.Reserve(1000))

	_, err = executor.New(map[string]any{"type": "threadpool", "workers": 10})
	fmt.Println(err)
	// Output:
	// places: 110
	// type "threadpool": executor configuration: unknown key "workers"; known keys are max_workers, queue
}

func ExampleNewPool() {
	e := executor.NewPool(1, 2)
	e.Reserve(3)
	for _, name := range []greeting{"Ada", "Grace", "Katherine"} {
		e.Start(name) // the first runs, the others wait
	}
	_ = e.Shutdown(context.Background())
	// Output:
	// hello, Ada
	// hello, Grace
	// hello, Katherine
}

func ExampleNewInline() {
	e := executor.NewInline()
	for range e.Reserve(5) {
		e.Start(greeting("one at a time"))
	}
	// Output:
	// hello, one at a time
}

func ExampleExecutor_OnFree() {
	var e executor.Executor = executor.NewPool(1, 0)
	free := make(chan struct{}, 1)
	remove := e.OnFree(func() {
		select {
		case free <- struct{}{}:
		default: // one wake-up is enough
		}
	})
	defer remove()

	for _, name := range []greeting{"first", "second"} {
		for e.Reserve(1) == 0 {
			<-free
		}
		e.Start(name)
	}
	_ = e.Shutdown(context.Background())
	// Output:
	// hello, first
	// hello, second
}

// A limit shared by all who ask for "gpu": a custom executor made of one of the
// package's own.
func ExampleRegister() {
	gpu := executor.NewPool(2, 0)
	executor.Register(func(config map[string]any) (executor.Executor, error) {
		if err := executor.Decode(config, &struct{}{}); err != nil {
			return nil, err
		}
		return gpu, nil
	}, "gpu")

	e, err := executor.New(map[string]any{"type": "gpu"})
	fmt.Println(e == executor.Executor(gpu), err)
	// Output: true <nil>
}
