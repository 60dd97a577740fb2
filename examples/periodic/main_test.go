package main

import (
	"bufio"
	"context"
	"io"
	"testing"
)

func TestItRunsEachOfItsTasks(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, "sqlite:///"+t.TempDir()+"/tasks.db", w)
		_ = w.Close()
	}()
	seen := map[string]bool{}
	for lines := bufio.NewScanner(r); lines.Scan(); {
		seen[lines.Text()] = true
		if seen["greet executed hello, world"] && seen["fetch executed 42"] {
			stop()
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if !seen["bye executed goodbye"] {
		t.Errorf("saw %v", seen)
	}
}
