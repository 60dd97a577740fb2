package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func docsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "docs", Short: "Write the manual", Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(manCommand())
	return cmd
}

func manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Short: "Write a man page for each command into a directory", Args: exactly(1, "a directory"),
		Long: `Write a man page for each command into a directory, which is made if it is not there.
man finds them in the directory man1 of a directory of its path.`,
		Example: "  asyncz docs man ~/.local/share/man/man1 && man asyncz-start",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil { //nolint:gosec // man pages are for all to read
				return err
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true // else two builds of one version would differ
			header := &doc.GenManHeader{Section: "1", Source: root.Name() + " " + version(), Manual: root.Short}
			if at, ok := builtAt(); ok {
				header.Date = &at
			}
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "wrote the man pages to", args[0])
			return err
		},
	}
}
