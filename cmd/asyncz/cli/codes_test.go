package cli

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// docs/cli.md and "help exit-codes" tell the same.
func TestTheManualHasTheExitCodes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/cli.md")
	must(t, err)
	_, section, found := strings.Cut(string(text), "## Exit codes")
	if !found {
		t.Fatal("docs/cli.md has no section on exit codes")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for _, c := range exitCodes {
		if row := fmt.Sprintf("| %d | %s |", c.code, c.meaning); !strings.Contains(strings.ReplaceAll(section, "`", ""), row) {
			t.Errorf("docs/cli.md lacks the row\n%s", row)
		}
	}
	if got := strings.Count(section, "\n| "); got != len(exitCodes)+1 {
		t.Errorf("docs/cli.md has %d rows beside the head, and there are %d codes", got-1, len(exitCodes))
	}
}
