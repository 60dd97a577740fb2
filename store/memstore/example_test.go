package memstore_test

import (
	"context"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
)

// Two nodes look at one moment; each record goes to one of them.
func ExampleStore_Claim() {
	ctx := context.Background()
	s := memstore.New()
	defer s.Close()
	noon := time.Date(2031, time.March, 5, 12, 0, 0, 0, time.UTC)
	for _, id := range []string{"backup", "report", "sweep"} {
		if err := s.Add(ctx, store.Record{ID: id, Due: noon, Executor: "default"}); err != nil {
			fmt.Println(err)
		}
	}
	for range 2 {
		claimed, err := s.Claim(ctx, store.DueQuery{At: noon, Limit: 2}, noon.Add(time.Minute))
		if err != nil {
			fmt.Println(err)
		}
		for _, r := range claimed {
			fmt.Println(r.ID, "held until", r.Due.Format(time.TimeOnly))
		}
	}
	// Output:
	// backup held until 12:01:00
	// report held until 12:01:00
	// sweep held until 12:01:00
}
