package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
)

func (a *app) storeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "store", Short: "Look after stores", Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.rewrapCommand(), a.copyCommand())
	return cmd
}

func (a *app) rewrapCommand() *cobra.Command {
	var in string
	var fromPlain bool
	var out output
	cmd := &cobra.Command{
		Use: "rewrap", Short: "Seal all records under the key of now", Args: none,
		Long: `Seal all records anew that are not sealed with the key of ` + asyncz.EnvKey + `.
The keys that they were sealed with are in ` + asyncz.EnvOldKeys + `, one a line.
It can be broken off and begun again, and schedulers may work meanwhile.`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := a.needsStores("store rewrap"); err != nil {
			return err
		}
		s, _, err := a.openFor(cmd, in, asyncz.Unchecked())
		if err != nil {
			return err
		}
		defer s.close()
		for _, p := range s.places {
			if p.kind == "memory" || in != "" && in != p.alias {
				continue
			}
			if err := s.rewrap(cmd, p, fromPlain, &out); err != nil {
				return err
			}
		}
		return nil
	}
	cmd.Flags().StringVar(&in, "in", "", "only the store with this `alias`")
	cmd.Flags().BoolVar(&fromPlain, "from-plain", false, "also take in records that are not sealed: whoever can write to the store may have put them there")
	outputFlags(cmd, &out)
	return cmd
}

func (s *session) rewrap(cmd *cobra.Command, p place, fromPlain bool, out *output) error {
	progress, err := s.progressOver(cmd, p.alias, "sealing "+p.alias)
	if err != nil {
		return err
	}
	done, err := s.here.Rewrap(cmd.Context(), p.alias, fromPlain, func(p asyncz.Progress) { progress.step(p.Seen) })
	progress.end()
	if err != nil && done.Seen == 0 {
		return err
	}
	if out.isData() {
		if err := out.print(cmd, map[string]any{"store": p.alias, "seen": done.Seen, "written": done.Written, "failed": done.Failed}); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(cmd.OutOrStdout(), "store %s: %s looked at, %d sealed anew, %d failed and stayed as they were\n", p.alias, counted(done.Seen, "record"), done.Written, done.Failed)
	}
	return err
}
