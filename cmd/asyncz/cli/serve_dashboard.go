package cli

import (
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/dashboard"
)

const envUsers = "ASYNCZ_USERS"

// usersFlag adds --users.
func usersFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "users", os.Getenv(envUsers), "the `file` with the users of the dashboard; else that of "+envUsers)
	cmd.Flags().Lookup("users").DefValue = ""
	_ = cmd.MarkFlagFilename("users")
}

func (f *serve) dashboardHandler(s *asyncz.Scheduler, logger *slog.Logger) (*dashboard.Dashboard, error) {
	opts := []dashboard.Option{dashboard.WithLogger(logger)}
	if f.users != "" {
		opts = append(opts, dashboard.WithUsersFile(f.users))
	} else {
		opts = append(opts, dashboard.Open())
	}
	return dashboard.New(s, opts...)
}
