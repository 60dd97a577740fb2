//go:build unix

package command_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/command"
)

func ExampleRun() {
	res, err := command.Run(context.Background(), command.Args{Argv: []string{"echo", "$HOME is not expanded"}})
	fmt.Printf("%d %q %v\n", res.ExitCode, res.Output, err)

	res, err = command.Run(context.Background(), command.Args{Argv: []string{"echo no space left; exit 7"}, Shell: "sh"})
	fmt.Printf("%d %q\n%v\n", res.ExitCode, res.Output, err)
	// Output:
	// 0 "$HOME is not expanded\n" <nil>
	// 7 "no space left\n"
	// the line for sh failed: exit status 7: no space left
}

func ExampleRun_timeout() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	res, err := command.Run(ctx, command.Args{Argv: []string{"sleep", "60"}})
	fmt.Println(res.Signal, errors.Is(err, context.DeadlineExceeded))
	fmt.Println(err)
	// Output:
	// terminated true
	// the command "sleep" was stopped (context deadline exceeded): signal: terminated
}

func ExampleArgs_Validate() {
	fmt.Println(command.Args{Argv: []string{"ls", "-l"}, Shell: "sh"}.Validate())
	// Output:
	// invalid command: argv has 2 elements; with a shell it must be one, the line for the shell
}
