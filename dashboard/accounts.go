package dashboard

import (
	"io"

	"github.com/go-asyncz/asyncz/dashboard/internal/auth"
)

// ParseAccounts reads what a file of [WithUsersFile] holds, for programs that
// check or change one. An error names the line.
func ParseAccounts(r io.Reader) ([]Account, error) { return auth.ParseAccounts(r) }
