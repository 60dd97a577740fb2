package asyncz_test

import (
	"context"
	"fmt"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/trigger"
)

func ExampleScheduler_Nodes() {
	url, remove := temporary()
	defer remove()
	ctx := context.Background()
	var functions asyncz.Functions
	asyncz.RegisterIn(&functions, "report", func(context.Context, struct{}) (string, error) { return "done", nil })
	s := start(&functions, asyncz.WithStoreURL("default", url), asyncz.WithVersion("1.4.2"),
		asyncz.WithExecutor("default", executor.NewPool(8, 0)))
	defer s.Shutdown(ctx)

	// Here the scheduler asks for itself; any other process on the store may ask too.
	for _, n := range ok(s.Nodes(ctx)) {
		fmt.Println(n.Version, n.State, n.Functions, n.Executors, "stale:", n.Stale)
	}
	// Output: 1.4.2 running [report] [{default 0 8}] stale: false
}

func ExampleScheduler_Status() {
	ctx := context.Background()
	s := ok(asyncz.New(ctx, asyncz.WithStore("default", memstore.New()))) // which is not started
	defer s.Shutdown(ctx)
	ok(s.Add(ctx, asyncz.Named("report", nil), trigger.MustCron("@daily"), asyncz.ID("daily")))

	status := ok(s.Status(ctx))
	fmt.Println(status.Stores[0].Tasks, "task; next:", status.Stores[0].NextTask)
	for _, p := range status.Problems {
		fmt.Println(p.Problem+":", p.Detail)
	}
	// Output:
	// 1 task; next: daily
	// no_node: tasks are scheduled, and no scheduler that is alive works on this store; start one
}
