package cli

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
)

// complete offers words as the values of a flag.
func complete(cmd *cobra.Command, flag string, words ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)) // fails for a flag that isn't there
}

const (
	completesWithin = 3 * time.Second // a shell waits, and with it a person
	mostCompletions = 1000
)

// completeTasks offers the ids of tasks as arguments, at most so many.
func (a *app) completeTasks(most int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		const directive = cobra.ShellCompDirectiveNoFileComp
		if len(args) >= most {
			return nil, directive
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completesWithin)
		defer cancel()
		s, err := a.open(ctx, io.Discard, false, asyncz.Unchecked())
		if err != nil {
			return nil, directive // a shell shows no errors
		}
		defer s.close()
		in, _ := cmd.Flags().GetString("in") // not each command has it
		tasks, err := s.Tasks(ctx, asyncz.Filter{Store: in, Sort: "id"})
		if err != nil {
			return nil, directive
		}
		var found []cobra.Completion
		for _, t := range tasks {
			if strings.HasPrefix(t.ID, begun) && !slices.Contains(args, t.ID) && len(found) < mostCompletions && oneLine(t.ID) == t.ID {
				found = append(found, cobra.CompletionWithDesc(t.ID, workOf(t)))
			}
		}
		return found, directive
	}
}

// completeStores offers the aliases of the stores as the values of a flag.
func (a *app) completeStores(cmd *cobra.Command, flag string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		s, err := a.settings()
		if server, _ := a.address(); server != "" {
			ctx, cancel := context.WithTimeout(cmd.Context(), completesWithin)
			defer cancel()
			s, err = a.connectTo(ctx, io.Discard, server)
		}
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var found []cobra.Completion
		for _, p := range s.places {
			found = append(found, cobra.CompletionWithDesc(p.alias, p.text))
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	})
}
