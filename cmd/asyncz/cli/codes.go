package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// exitCodes are the codes with which a command ends, as docs/cli.md has them too.
var exitCodes = []struct {
	code    int
	meaning string
}{
	{0, "done"},
	{ExitFailure, "it failed; or a check found something (doctor, status); or a run that was followed has not done its work (run --follow, logs --follow)"},
	{ExitUsage, "the command line or the configuration can't be; nothing was written"},
	{ExitInterrupted, "a second Ctrl-C"},
}

// exitCodesTopic is what "help exit-codes" tells.
func exitCodesTopic() *cobra.Command {
	var b strings.Builder
	fmt.Fprintf(&b, "All commands end with one of these exit codes:\n\n")
	for _, c := range exitCodes {
		fmt.Fprintf(&b, "  %3d  %s\n", c.code, c.meaning)
	}
	return &cobra.Command{Use: "exit-codes", Short: "What the exit codes mean", Long: strings.TrimSuffix(b.String(), "\n")}
}
