package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/store"
)

func versionCommand() *cobra.Command {
	var out output
	cmd := &cobra.Command{Use: "version", Short: "Print the version, and what this program knows", Args: none}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		v := struct {
			Version   string   `json:"version"`
			Go        string   `json:"go"`
			Platform  string   `json:"platform"`
			Stores    []string `json:"stores"`
			Executors []string `json:"executors"`
			Functions []string `json:"functions"`
		}{version(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, store.Aliases(), executor.Aliases(), functions().Names()}
		if out.isData() {
			return out.print(cmd, v)
		}
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s (%s, %s)\nstores:    %s\nexecutors: %s\nfunctions: %s\n",
			cmd.Root().Name(), v.Version, v.Go, v.Platform, list(v.Stores), list(v.Executors), list(v.Functions))
		return err
	}
	outputFlags(cmd, &out)
	return cmd
}

// builtAt is when the commit was made that the program is built from, if it is known.
func builtAt() (at time.Time, known bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return at, false
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			at, err := time.Parse(time.RFC3339, s.Value)
			return at, err == nil
		}
	}
	return at, false
}

// version is that of the main module; built from a checkout, its commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}
