package store_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-asyncz/asyncz/store"
	_ "github.com/go-asyncz/asyncz/store/memstore" // makes the type "memory" known
)

// A store is opened by the alias of its driver and the driver's own keys.
func ExampleOpen() {
	s, err := store.Open(context.Background(), map[string]any{"type": "memory"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	fmt.Println(s.(store.Namespaced).Namespace())
	// Output: memory
}

func ExampleConfigFromURL() {
	config, err := store.ConfigFromURL("memory:")
	fmt.Println(config, err)
	// Output: map[type:memory] <nil>
}

// The settings of a driver, with their defaults.
func ExampleDecode() {
	settings := struct {
		Host string `config:"host"`
		Port int    `config:"port"`
	}{Host: "localhost", Port: 6379}
	fmt.Println(store.Decode(map[string]any{"port": "6380"}, &settings), settings)
	fmt.Println(store.Decode(map[string]any{"prot": 1}, &settings))
	// Output:
	// <nil> {localhost 6380}
	// store configuration: unknown key "prot"; known keys are host, port
}

// Two who have read the same revision: the first to write wins, and the second
// has changed nothing.
func ExampleStore() {
	ctx := context.Background()
	s, err := store.Open(ctx, map[string]any{"type": "memory"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	if err := s.Add(ctx, store.Record{ID: "backup"}); err != nil {
		fmt.Println(err)
	}
	mine, _ := s.Get(ctx, "backup")
	yours, _ := s.Get(ctx, "backup")
	fmt.Println(s.Update(ctx, mine))
	fmt.Println(errors.Is(s.Update(ctx, yours), store.ErrConflict))
	// Output:
	// <nil>
	// true
}
