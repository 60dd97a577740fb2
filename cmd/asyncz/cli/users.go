package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/go-asyncz/asyncz/dashboard"
)

var userRoles = []string{string(dashboard.Viewer), string(dashboard.Operator)}

func userCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "dashboard-user", Short: "Look after the users who may log in to the dashboard", Args: noSuchCommand,
		Long: `Look after the file of users that start --dashboard --users reads, also while it runs. The
file has a user on each line, as name:role:hash. A viewer sees all, an operator may change
it too. Passwords are kept as argon2id hashes.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(userAddCommand(), userListCommand(), userRemoveCommand())
	return cmd
}

func inUsers(file string) error {
	if file == "" {
		return usagef("--users is missing: name the file that the dashboard reads, or set %s", envUsers)
	}
	return nil
}

func userAddCommand() *cobra.Command {
	var file, role string
	var replace bool
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Let somebody log in; the password is asked for, or read from standard input", Args: exactly(1, "the name of a user"),
		Example: `  asyncz dashboard-user add anna --role operator --users users
  asyncz dashboard-user add anna --replace --users users < password      # another password`,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := inUsers(file); err != nil {
			return err
		}
		if !slices.Contains(userRoles, role) {
			return usagef("--role: %q is none of %s", role, list(userRoles))
		}
		users, err := readUsers(file)
		if err != nil {
			return err
		}
		i := users.find(args[0])
		switch {
		case i >= 0 && !replace:
			return usagef("%s has a user %q already; give --replace to change the password and the role", file, args[0])
		case i >= 0 && !cmd.Flags().Changed("role"):
			role = users[i].role
		}
		password, err := askPassword(cmd)
		if err != nil {
			return err
		}
		hash, err := dashboard.HashPassword(password)
		if err != nil {
			return usageError{err}
		}
		line, err := newUser(args[0], role, hash)
		if err != nil {
			return err
		}
		did := "added"
		if i >= 0 {
			users[i], did = line, "changed"
		} else {
			users = append(users, line)
		}
		if err := users.write(file); err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s the %s %s\n", did, role, args[0])
		return err
	}
	usersFlag(cmd, &file)
	cmd.Flags().StringVar(&role, "role", string(dashboard.Viewer), "what the user may do, as a `role`: "+list(userRoles))
	cmd.Flags().BoolVar(&replace, "replace", false, "change the user if there is one of this name")
	complete(cmd, "role", userRoles...)
	return cmd
}

func userListCommand() *cobra.Command {
	var file string
	var out output
	cmd := &cobra.Command{Use: "list", Short: "List the users", Args: none}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := inUsers(file); err != nil {
			return err
		}
		users, err := readUsers(file)
		if err != nil {
			return err
		}
		type shown struct {
			Name string `json:"name"`
			Role string `json:"role"`
		}
		all := []shown{}
		t := &table{head: []string{"NAME", "ROLE"}}
		for _, u := range users {
			if u.name != "" {
				all = append(all, shown{u.name, u.role})
				t.rows = append(t.rows, []cell{{oneLine(u.name), strong}, {text: u.role}})
			}
		}
		switch {
		case out.isData():
			return out.print(cmd, all)
		case len(all) == 0:
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "no users")
			return err
		}
		return printStyled(cmd.OutOrStdout(), t.render(terminalWidth(cmd.OutOrStdout())))
	}
	usersFlag(cmd, &file)
	outputFlags(cmd, &out)
	return cmd
}

func userRemoveCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "remove NAME...", Short: "Let users log in no more, and end their sessions", Args: atLeastOne("the name of a user"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			users, _ := readUsers(file) // a shell shows no errors
			var names []cobra.Completion
			for _, u := range users {
				if u.name != "" {
					names = append(names, u.name)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := inUsers(file); err != nil {
			return err
		}
		return each(args, func(name string) error {
			users, err := readUsers(file)
			if err != nil {
				return err
			}
			i := users.find(name)
			if i < 0 {
				return fmt.Errorf("%s has no user %q", file, name)
			}
			if err := slices.Delete(users, i, i+1).write(file); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "removed the user", name)
			return err
		})
	}
	usersFlag(cmd, &file)
	return cmd
}

// askPassword asks twice on a terminal, without showing it, and reads a line elsewhere.
func askPassword(cmd *cobra.Command) (string, error) {
	f, ok := cmd.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	ask := func(what string) (string, error) {
		fmt.Fprint(cmd.ErrOrStderr(), what+": ")
		text, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(cmd.ErrOrStderr())
		return string(text), err
	}
	first, err := ask("Password")
	if err != nil {
		return "", err
	}
	second, err := ask("Once more")
	if err == nil && first != second {
		err = usagef("the two passwords differ; nothing was changed")
	}
	return first, err
}
