package trigger_test

import (
	"os"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/trigger"
)

// What the page for users shows must work.
func TestFormsInTheDocumentationCanBeRead(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/triggers.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```json\n")[1:]
	for _, b := range blocks {
		form, _, _ := strings.Cut(b, "```")
		tr, err := trigger.Parse([]byte(form))
		if err != nil {
			t.Errorf("%s: %v", form, err)
			continue
		}
		survives(t, tr)
	}
	if len(blocks) < 8 {
		t.Errorf("there are %d forms, want one of each type", len(blocks))
	}
}
