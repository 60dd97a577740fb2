package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/seal"
)

func keygenCommand() *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use: "keygen", Short: "Print a new encryption key", Args: none,
		Long: "Print a new value for " + asyncz.EnvKey + ": 256 random bits. It is kept nowhere.",
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		key := seal.Generate()
		if out.isData() {
			return out.print(cmd, map[string]string{"key": key})
		}
		_, err := fmt.Fprintln(cmd.OutOrStdout(), key)
		return err
	}
	outputFlags(cmd, &out)
	return cmd
}
