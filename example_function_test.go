package asyncz_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

// ok returns v if there is no error.
func ok[T any](v T, err error) T {
	check(err)
	return v
}

type Mail struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
}

// sendMail stands where variables are declared, so that it is known before the
// first task is read.
var sendMail = asyncz.Register("send-mail", func(_ context.Context, m Mail) (string, error) {
	return m.Subject + " went to " + m.To, nil
})

func ExampleRegister() {
	ctx := context.Background()
	s := start(asyncz.Registered())
	defer s.Shutdown(ctx)

	done := ends(s)
	ok(s.Add(ctx, sendMail.With(Mail{"ada@example.org", "welcome"}), trigger.At(time.Now())))
	fmt.Println((<-done).Value)
	// Output: welcome went to ada@example.org
}

func ExampleNamed() {
	ctx := context.Background()
	s := start(asyncz.Registered())
	defer s.Shutdown(ctx)

	// For a function that only another process has, or whose name comes from
	// outside. What is known here is checked when the task is added.
	_, err := s.Add(ctx, asyncz.Named("send-mail", map[string]any{"too": "ada@example.org"}), trigger.At(time.Now()), asyncz.ID("m"))
	fmt.Println(err)
	// Output: invalid task "m": kwargs: the arguments do not fit the function: unknown field "too"
}

func ExampleRunFrom() {
	charged := map[string]bool{} // in a program: a table of the payment service
	charge := asyncz.Do(func(ctx context.Context) error {
		run, _ := asyncz.RunFrom(ctx)
		key := run.ID() // the same in each attempt
		if charged[key] {
			fmt.Println("attempt", run.Attempt, "by", run.Source+": charged before")
			return nil
		}
		charged[key] = true
		fmt.Println("attempt", run.Attempt, "by", run.Source+": charged")
		return errors.New("the answer was lost")
	})
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	done := ends(s)
	ok(s.Add(ctx, charge, trigger.At(time.Now()), asyncz.Retry(3, asyncz.Constant(time.Millisecond))))
	fmt.Println((<-done).Outcome)
	// Output:
	// attempt 1 by scheduled: charged
	// attempt 2 by retry: charged before
	// executed
}
