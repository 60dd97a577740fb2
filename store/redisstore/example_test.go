package redisstore_test

import (
	"context"
	"fmt"
	"log"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store/redisstore"
	"github.com/redis/rueidis"
)

// A scheduler whose tasks are in Redis. The import makes the URL known.
func Example() {
	ctx := context.Background()
	s, err := asyncz.New(ctx, asyncz.WithStoreURL("default", "redis://localhost:6379/0"))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Shutdown(ctx)
}

// A cluster wants keys that share a hash tag.
func ExampleOpen_cluster() {
	s, err := redisstore.Open(context.Background(), "redis://?cluster=redis-1:6379,redis-2:6379",
		redisstore.WithTasksKey("{asyncz}.tasks"), redisstore.WithRunTimesKey("{asyncz}.run_times"))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	fmt.Println(s.Namespace())
}

// A client that the program has already stays open when the store is closed.
func ExampleNew() {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"localhost:6379"}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	s, err := redisstore.New(context.Background(), client, redisstore.WithTasksKey("reports.tasks"), redisstore.WithRunTimesKey("reports.run_times"))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
}
