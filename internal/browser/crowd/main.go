// Command crowd serves the dashboard of a scheduler with very many tasks, for the
// tests: of ten kinds, one in a hundred paused, one in a thousand due within the
// hours that the timeline shows. It is a process of its own because the race
// detector would make it ten times as slow.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/dashboard"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"
	"github.com/go-asyncz/asyncz/trigger"
)

func main() {
	store := flag.String("store", "sqlite:///crowd.db", "the store, which is filled")
	tasks := flag.Int("tasks", 100_000, "how many tasks")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *store, *tasks); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, store string, tasks int) error {
	var functions asyncz.Functions
	work := asyncz.RegisterIn(&functions, "work", func(context.Context, struct{}) (any, error) { return nil, nil })
	s, err := asyncz.New(ctx, asyncz.WithFunctions(&functions), asyncz.WithStoreURL("default", store))
	if err != nil {
		return err
	}
	if _, err := s.AddMany(ctx, many(work.With(struct{}{}), tasks)); err != nil {
		return err
	}
	if err := s.Start(ctx); err != nil {
		return err
	}
	d, err := dashboard.New(s, dashboard.Open())
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: d, ReadHeaderTimeout: time.Minute}
	go func() {
		<-ctx.Done()
		_ = d.Close() // ends the streams; it has no other error
		_ = server.Close()
	}()
	fmt.Fprintf(os.Stderr, "listening: dashboard url=http://%s/\n", listener.Addr())
	_ = server.Serve(listener) // until it is closed
	return s.Shutdown(context.WithoutCancel(ctx))
}

func many(call asyncz.Call, tasks int) []asyncz.NewTask {
	all := make([]asyncz.NewTask, tasks)
	now := time.Now()
	for i := range all {
		at := now.AddDate(1, 0, 0).Add(time.Duration(i) * time.Second)
		if i%1000 == 0 {
			at = now.Add(time.Hour + time.Duration(i)*10*time.Millisecond)
		}
		options := []asyncz.TaskOption{asyncz.ID(fmt.Sprintf("kind-%d/task-%05d", i%10, i))}
		if i%100 == 99 {
			options = append(options, asyncz.Paused())
		}
		all[i] = asyncz.NewTask{Call: call, Trigger: trigger.At(at), Options: options}
	}
	return all
}
