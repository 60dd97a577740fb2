package cli

import (
	_ "embed"
	"io"

	"github.com/spf13/cobra"
)

// configSchema is the JSON Schema of the configuration file. What it refuses and
// takes is held against parseConfig and the drivers by tests.
//
//go:embed config.schema.json
var configSchema string

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of the configuration file, for editors", Args: none,
		Long: `Print the JSON Schema (draft 7) of the configuration file. Editors with a YAML language server
complete and check the file by it, when its first line is:

  # yaml-language-server: $schema=asyncz.schema.json`,
		Example: "  asyncz schema > asyncz.schema.json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), configSchema)
			return err
		},
	}
}
