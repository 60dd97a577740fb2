package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
)

func (a *app) doctorCommand() *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look for tasks that can't be read or run; exit code 1 if there are any", Args: none,
		Long: `Read all records of all stores and tell which ones can't be read or run here, and why.
Nothing is changed. The exit code is 1 when something was found.`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, _, err := a.openFor(cmd, "", asyncz.Unchecked())
		if err != nil {
			return err
		}
		defer s.close()
		all, err := s.Doctor(cmd.Context())
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(c asyncz.Checkup) bool { return !s.has(c.Store) })
		found := slices.ContainsFunc(all, func(c asyncz.Checkup) bool { return len(c.Findings) > 0 })
		if out.isData() {
			err = out.print(cmd, all)
		} else {
			err = printCheckups(cmd, s, all)
		}
		if err == nil && found {
			err = exit(ExitFailure)
		}
		return err
	}
	outputFlags(cmd, &out)
	return cmd
}

// has reports whether a store was asked for: the scheduler adds one in memory
// when none has the alias "default".
func (s *session) has(alias string) bool {
	return slices.ContainsFunc(s.places, func(p place) bool { return p.alias == alias })
}

func printCheckups(cmd *cobra.Command, s *session, all []asyncz.Checkup) error {
	var b strings.Builder
	if w := weakKey(); w != "" && s.here != nil {
		fmt.Fprintln(&b, doubt.Render("warning: "+w))
	}
	for _, c := range all {
		i := slices.IndexFunc(s.places, func(p place) bool { return p.alias == c.Store })
		fmt.Fprintf(&b, "%s (%s): %s\n", strong.Render(c.Store), s.places[i].text, counted(c.Tasks, "task"))
		for _, key := range slices.Sorted(maps.Keys(c.Keys)) {
			how := "sealed with the key " + key
			if key == "plain" {
				how = "not sealed"
			}
			fmt.Fprintf(&b, "  %d %s\n", c.Keys[key], how)
		}
		if len(c.Findings) == 0 {
			fmt.Fprintln(&b, "  "+good.Render("nothing found"))
		}
		for _, f := range c.Findings {
			about := bad.Render(f.Problem)
			if f.Task != "" {
				about += " " + strong.Render(oneLine(f.Task))
			}
			fmt.Fprintf(&b, "  %s: %s\n", about, oneLine(f.Detail))
		}
	}
	return printStyled(cmd.OutOrStdout(), strings.TrimSuffix(b.String(), "\n"))
}

func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
