package asyncz_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTheReadmeShowsCodeThatIsRun(t *testing.T) {
	t.Parallel()
	_, code, _ := strings.Cut(file(t, "example_readme_test.go"), "\n)\n\n")
	code, _, _ = strings.Cut(code, "\nfunc Example")
	if !strings.Contains(file(t, "README.md"), "```go\n"+code+"```\n") {
		t.Error("README.md does not show the code of example_readme_test.go as it stands")
	}
}

func TestTheGuaranteesNameTestsThatExist(t *testing.T) {
	t.Parallel()
	var have []string
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, m := range declared.FindAllStringSubmatch(file(t, path), -1) {
			have = append(have, m[1])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(file(t, "docs/guarantees.md"), -1)
	if len(named) < 15 {
		t.Errorf("docs/guarantees.md names %d tests", len(named))
	}
	for _, m := range named {
		if !slices.Contains(have, m[1]) {
			t.Errorf("docs/guarantees.md names %s, which is not there", m[1])
		}
	}
}

func TestLinksOfThePagesLeadSomewhere(t *testing.T) {
	t.Parallel()
	pages, _ := filepath.Glob("docs/*.md")
	link := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	for _, page := range append(pages, "README.md", "CONTRIBUTING.md", "CHANGELOG.md") {
		for _, m := range link.FindAllStringSubmatch(file(t, page), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
}

func file(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}
