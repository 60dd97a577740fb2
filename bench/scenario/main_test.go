package scenario_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/go-asyncz/asyncz/bench/scenario"
)

// The program of the tests becomes a node when a scenario starts it as one.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == scenario.NodeCommand {
		if err := scenario.RunNode(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}
