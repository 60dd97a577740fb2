package setup

import (
	"fmt"
	"os/exec"
	"strings"
	"sync"
)

// Project is the folder of the project's sources.
var Project = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/go-asyncz/asyncz").Output() //nolint:noctx // it ends by itself
	if err != nil {
		return "", fmt.Errorf("where is the project? %w", err)
	}
	return strings.TrimSpace(string(out)), nil
})
