// Package cli is the command line of asyncz, to be had in any program: a main
// that calls [Main] offers the commands of asyncz together with the functions
// that it has registered.
//
//	var cleanup = asyncz.Register("cleanup", func(ctx context.Context, a CleanupArgs) (int, error) { … })
//
//	func main() { os.Exit(cli.Main(os.Args[1:]...)) }
//
// The program imports the drivers of the stores that it wants to offer. Two
// functions are there without being registered: "command" runs a program and
// "http" makes an HTTP request; see packages command and httpcall.
package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
)

// Main carries a command line out and returns the exit code of the process.
func Main(args ...string) int {
	return Run(context.Background(), args, os.Stdin, os.Stdout, os.Stderr)
}

// Run is Main with its surroundings given. When ctx ends, "start" stops as it
// does after Ctrl-C. The options are given to each scheduler that is made, after
// those of the command line.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, opts ...asyncz.Option) int {
	cmd := Command(opts...)
	cmd.SetArgs(args)
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	if err != nil && err.Error() != "" {
		fmt.Fprintf(stderr, "%s: %v\n", cmd.Name(), err)
	}
	return ExitCode(err)
}

// Command returns the tree of commands, for programs that add their own to it.
// It prints no errors; [ExitCode] says what they mean.
func Command(opts ...asyncz.Option) *cobra.Command {
	a := &app{opts: opts}
	root := &cobra.Command{
		Use:   "asyncz",
		Short: "Fire tasks on time, through crashes and restarts",
		Long: `asyncz keeps tasks in a store and fires them on time, through crashes and restarts.

A task is a command, an HTTP request or a function that this program has
registered. One process fires the tasks; any other on the same store adds
tasks and looks at them:

  asyncz start                                          # in one terminal
  asyncz add --interval 2s -- sh -c 'date >> out'       # in another`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          noSuchCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; see %s --help", err, cmd.CommandPath())
	})
	flags := root.PersistentFlags()
	flags.StringArrayVar(&a.storeFlags, "store", nil, "a store, as `[alias=]URL`; may be repeated (default \"default=sqlite:///asyncz.db\")")
	flags.StringVar(&a.configFile, "config", "", "a YAML `file` with stores, executors and tasks")
	flags.StringVar(&a.remote.server, "server", "", "act on the scheduler whose API is at this `URL`, and not on stores; else that of "+envServer)
	flags.StringVar(&a.remote.token, "token", "", "the `token` for the server, which other users of this host can see; better is --token-file, or "+envToken)
	flags.StringVar(&a.remote.tokenFile, "token-file", "", "a `file` with the token for the server")
	flags.StringVar(&a.remote.ca, "ca", "", "a PEM `file` with certificates that the server's is trusted by, beside those of the system")
	flags.StringVar(&a.wait, "wait", "", "wait up to this `duration` for servers that can't be reached yet (default 0s)")
	root.AddCommand(
		a.startCommand(), a.addCommand(), a.listCommand(), a.inspectCommand(), a.previewCommand(),
		a.runCommand(), a.runsCommand(), a.logsCommand(), a.pauseCommand(), a.resumeCommand(), a.updateCommand(), a.removeCommand(),
		a.statusCommand(), a.instancesCommand(), a.doctorCommand(), a.storeCommand(), a.timelineCommand(), a.eventsCommand(), a.auditCommand(), tokenCommand(), userCommand(), keygenCommand(), versionCommand(),
		docsCommand(), schemaCommand(), exitCodesTopic(),
	)
	return root
}

// An app is what all commands of one tree share.
type app struct {
	opts       []asyncz.Option
	storeFlags []string
	configFile string
	wait       string
	remote     remote
	local      bool // the command acts on stores, whatever the environment says
}

func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usagef("unknown command %q; see %s --help", args[0], cmd.CommandPath())
}

// exactly, atLeast and none check how many arguments a command has.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%s takes %s, and %d arguments were given; see %s --help", cmd.Name(), what, len(args), cmd.CommandPath())
		}
		return nil
	}
}

func atMostOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usagef("%s takes %s or nothing, and %d arguments were given; see %s --help", cmd.Name(), what, len(args), cmd.CommandPath())
		}
		return nil
	}
}

func none(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument, and %q was given; see %s --help", cmd.Name(), args[0], cmd.CommandPath())
	}
	return nil
}

func atLeastOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("%s takes %s, or several; see %s --help", cmd.Name(), what, cmd.CommandPath())
		}
		return nil
	}
}

func ids(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("%s takes the id of one or more tasks; see %s --help", cmd.Name(), cmd.CommandPath())
	}
	return nil
}
