package cli

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz/api"
)

const envTokens = "ASYNCZ_TOKENS" //nolint:gosec // this is the name of the variable

// tokensFlag adds --tokens.
func tokensFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "tokens", os.Getenv(envTokens), "the `file` with the tokens of the API; else that of "+envTokens)
	cmd.Flags().Lookup("tokens").DefValue = ""
	_ = cmd.MarkFlagFilename("tokens")
}

func tokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "api-token", Short: "Look after the tokens that let programs into the API", Args: noSuchCommand,
		Long: `Look after the file of tokens that start --api --tokens reads, also while it runs: what is
changed there holds within a second. The file has hashes and no token: a token is shown
once, when it is made.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(tokenCreateCommand(), tokenListCommand(), tokenRevokeCommand())
	return cmd
}

// inTokens checks that there is a file.
func inTokens(file string) error {
	if file == "" {
		return usagef("--tokens is missing: name the file that the server reads, or set %s", envTokens)
	}
	return nil
}

func tokenCreateCommand() *cobra.Command {
	var file, role, expires string
	var out output
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Make a token and show it, once", Args: exactly(1, "the name of whoever gets the token"),
		Example: `  asyncz api-token create monitoring --tokens tokens --role read-only
  asyncz api-token create deploy --tokens tokens --role full --expires 90d`,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := inTokens(file); err != nil {
			return err
		}
		secret, token, err := api.NewToken(args[0], api.Role(role))
		if err != nil {
			return usageError{err}
		}
		if expires != "" {
			after, err := parseDuration("--expires", expires)
			if err != nil {
				return err
			}
			if after <= 0 {
				return usagef("--expires: %s is not above zero", expires)
			}
			token.Expires = token.Created.Add(after)
		}
		if err := api.AddToken(file, token); err != nil {
			return err
		}
		if out.isData() {
			return out.print(cmd, struct {
				Name    string    `json:"name"`
				Role    api.Role  `json:"role"`
				Token   string    `json:"token"`
				Expires time.Time `json:"expires,omitzero"`
			}{token.Name, token.Role, secret, token.Expires})
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "added the token of %s (%s) to %s; it is shown this once:\n", oneLine(token.Name), token.Role, file)
		_, err = fmt.Fprintln(cmd.OutOrStdout(), secret)
		return err
	}
	tokensFlag(cmd, &file)
	cmd.Flags().StringVar(&role, "role", string(api.ReadOnly), "what the token allows, as a `role`: "+list(roles))
	cmd.Flags().StringVar(&expires, "expires", "", "it lets nobody in after this `duration`, such as 90d (default: never)")
	complete(cmd, "role", roles...)
	outputFlags(cmd, &out)
	return cmd
}

var roles = []string{string(api.ReadOnly), string(api.Full)}

func tokenListCommand() *cobra.Command {
	var file string
	var out output
	cmd := &cobra.Command{Use: "list", Short: "List whose tokens there are", Args: none}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := inTokens(file); err != nil {
			return err
		}
		all, err := api.ReadTokens(file)
		if err != nil {
			return err
		}
		if out.isData() {
			type shown struct {
				Name    string    `json:"name"`
				Role    api.Role  `json:"role"`
				Created time.Time `json:"created,omitzero"`
				Expires time.Time `json:"expires,omitzero"`
			}
			list := []shown{}
			for _, t := range all {
				list = append(list, shown{t.Name, t.Role, t.Created, t.Expires})
			}
			return out.print(cmd, list)
		}
		if len(all) == 0 {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "no tokens")
			return err
		}
		return printTokens(cmd, all)
	}
	tokensFlag(cmd, &file)
	outputFlags(cmd, &out)
	return cmd
}

func printTokens(cmd *cobra.Command, all []api.Token) error {
	now := time.Now()
	t := &table{head: []string{"NAME", "ROLE", "CREATED", "EXPIRES"}}
	for _, token := range all {
		created, expires := "", cell{text: "never"}
		if !token.Created.IsZero() {
			created = moment(token.Created, now)
		}
		if !token.Expires.IsZero() {
			expires = cell{text: moment(token.Expires, now)}
			if !now.Before(token.Expires) {
				expires.style = bad
			}
		}
		t.rows = append(t.rows, []cell{{oneLine(token.Name), strong}, {text: string(token.Role)}, {created, faint}, expires})
	}
	return printStyled(cmd.OutOrStdout(), t.render(terminalWidth(cmd.OutOrStdout())))
}

func tokenRevokeCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "revoke NAME...", Short: "Take tokens back: whoever has one is not let in any more", Args: atLeastOne("the name of a token"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			all, _ := api.ReadTokens(file) // a shell shows no errors
			var names []cobra.Completion
			for _, t := range all {
				names = append(names, t.Name)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := inTokens(file); err != nil {
			return err
		}
		return each(args, func(name string) error {
			if err := api.RemoveToken(file, name); err != nil {
				return err
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "revoked the token of", oneLine(name))
			return err
		})
	}
	tokensFlag(cmd, &file)
	return cmd
}
