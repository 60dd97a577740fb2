// Package policy holds the rules on which package may import which. They are
// data; the test compares them with what go list says.
package policy

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/go-asyncz/asyncz"

// rules say, for each package by its path in the module, which packages of ours
// it may import directly. "…/" at the end of a name means all below it.
var rules = map[string][]string{
	"trigger":               nil,
	"executor":              nil,
	"store":                 nil,
	"seal":                  nil,
	"command":               nil,
	"httpcall":              nil,
	"store/memstore":        {"store"},
	"store/filestore":       {"store"},
	"store/sqlstore":        {"store"},
	"store/sqlstore/sqlite": {"store/sqlstore"},
	"storetest":             {"store"},
	"internal/codec":        nil,
	"internal/lifecycle":    {"trigger"},
	"internal/record":       {"internal/codec", "internal/lifecycle", "seal", "store"},
	"internal/engine":       {"executor", "internal/lifecycle", "internal/record", "store"},
	"":                      {"executor", "internal/codec", "internal/engine", "internal/lifecycle", "internal/record", "seal", "store", "store/memstore", "trigger"},
	"cmd/asyncz":            {"cmd/asyncz/cli", "store/filestore", "store/memstore", "store/sqlstore/sqlite"},
	"cmd/asyncz/cli":        {"", "cmd/asyncz/…", "command", "executor", "httpcall", "seal", "store", "store/…", "trigger"},
	"examples/…":            {"", "cmd/asyncz/cli", "executor", "store", "store/…", "trigger"},
	"cmd/asyncz/cli/…":      {"", "cmd/asyncz/…", "command", "executor", "httpcall", "seal", "store", "store/…", "trigger"},
}

// only says which packages may import a package that is not for all.
var only = map[string][]string{
	"database/sql":  {"store/sqlstore"},
	"crypto/cipher": {"seal"},
	"crypto/aes":    {"seal"},
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func TestEachPackageImportsOnlyWhatItMay(t *testing.T) {
	t.Parallel()
	packages := list(t)
	if len(packages) < 10 {
		t.Fatalf("go list found %d packages", len(packages))
	}
	for _, p := range packages {
		name := ours(p.ImportPath)
		allowed, known := match(name)
		if !known {
			t.Errorf("package %q has no rule; say what it may import", name)
			continue
		}
		for _, imp := range p.Imports {
			switch {
			case only[imp] != nil:
				if !slices.Contains(only[imp], name) {
					t.Errorf("package %q imports %s, which only %v may", name, imp, only[imp])
				}
			case imp != module && !strings.HasPrefix(imp, module+"/"):
			case !allows(allowed, ours(imp)):
				t.Errorf("package %q imports %q, and may import %q", name, ours(imp), allowed)
			}
		}
	}
}

// The environment is read in one file of the root, and by programs.
func TestTheLibraryReadsTheEnvironmentInOnePlace(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("git", "grep", "-lE", `os\.(Getenv|LookupEnv|Environ)\(`, "--", ":/*.go", ":!/*_test.go", ":!/cmd", ":!/examples", ":!/storetest").Output()
	if err != nil {
		t.Skipf("not a git checkout: %v", err)
	}
	for _, file := range strings.Fields(string(out)) {
		// Children of package command get the environment less the keys.
		if base := file[strings.LastIndex(file, "/")+1:]; base != "keys.go" && base != "environ.go" {
			t.Errorf("%s reads the environment", file)
		}
	}
}

func ours(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
}

func match(name string) ([]string, bool) {
	if allowed, ok := rules[name]; ok {
		return allowed, true
	}
	for rule, allowed := range rules {
		if below, ok := strings.CutSuffix(rule, "…"); ok && strings.HasPrefix(name+"/", below) {
			return allowed, true
		}
	}
	return nil, false
}

func allows(allowed []string, name string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		below, tree := strings.CutSuffix(a, "…")
		return a == name || tree && strings.HasPrefix(name, below)
	})
}

func list(t *testing.T) (all []pkg) {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "work").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(ours(p.ImportPath), "internal/policy") {
			all = append(all, p)
		}
	}
}
