package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/scenario"
)

// ending is how long a process that has run out of time may need to end in order.
const ending = 15 * time.Second

// inProcess does one measurement in a process of its own.
func inProcess(ctx context.Context, s scenario.Setup, timeout time.Duration) (measure.Figures, error) {
	setup, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var out, complaint bytes.Buffer
	cmd := exec.CommandContext(ctx, program, measureCommand)
	// The setup is no argument, because all on the machine see those.
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(setup), &out, &complaint
	cmd.Cancel = func() error {
		if cmd.Process.Signal(os.Interrupt) == nil {
			return nil
		}
		return cmd.Process.Kill() // where there are no signals
	}
	cmd.WaitDelay = ending
	err = cmd.Run()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("not done within %v", timeout)
	case err != nil:
		return nil, fmt.Errorf("%w: %s", err, lastLine(complaint.String()))
	}
	var f measure.Figures
	if err := json.Unmarshal(out.Bytes(), &f); err != nil {
		return nil, fmt.Errorf("the figures can't be read: %w", err)
	}
	return f, nil
}

// lastLine is where a program says why it ended.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}
