package scenario

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/system"
)

// noted writes down what it is told to do.
type noted struct {
	system.Durable
	place.Server
	calls []string
}

func (n *noted) Close() {}

func (n *noted) Fill(context.Context, int, time.Time) error {
	n.calls = append(n.calls, "fill")
	return nil
}

func (n *noted) Settle(context.Context) error {
	n.calls = append(n.calls, "settle")
	return nil
}

func TestAServerComesToRestBetweenTheAddingOfTasksAndWhatIsMeasured(t *testing.T) {
	t.Parallel()
	n := new(noted)
	if err := (on{n, n}).Fill(t.Context(), 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(n.calls, []string{"fill", "settle"}) {
		t.Errorf("done was %v", n.calls)
	}
}
