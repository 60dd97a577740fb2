// Package policy holds the rules on which package may import which. They are
// data; the test compares them with what go list says.
package policy

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/go-asyncz/asyncz"

// rules say, for each package by its path in the module, which packages of ours
// it may import directly. "…/" at the end of a name means all below it.
var rules = map[string][]string{
	"trigger":                 nil,
	"executor":                nil,
	"store":                   nil,
	"seal":                    nil,
	"command":                 nil,
	"httpcall":                nil,
	"store/memstore":          {"store"},
	"store/filestore":         {"store"},
	"store/sqlstore":          {"store"},
	"store/sqlstore/…":        {"store/sqlstore"},
	"store/redisstore":        {"store"},
	"store/mongostore":        {"store"},
	"storetest":               {"store", "storetest/faultnet"},
	"storetest/faultnet":      nil,
	"internal/testserver":     nil,
	"internal/nodeclock":      nil,
	"internal/parallel":       nil,
	"internal/codec":          nil,
	"internal/jsondoc":        nil,
	"internal/lifecycle":      {"internal/jsondoc", "trigger"},
	"internal/record":         {"internal/codec", "internal/lifecycle", "seal", "store"},
	"internal/journal":        nil,
	"internal/history":        nil,
	"internal/engine":         {"executor", "internal/journal", "internal/lifecycle", "internal/nodeclock", "internal/parallel", "internal/record", "store"},
	"":                        {"executor", "internal/codec", "internal/engine", "internal/history", "internal/journal", "internal/jsondoc", "internal/lifecycle", "internal/nodeclock", "internal/parallel", "internal/record", "seal", "store", "store/memstore", "trigger"},
	"api":                     {"", "api/internal/…", "seal", "store", "trigger"},
	"api/client":              {"", "api/internal/wire"},
	"api/internal/form":       nil,
	"api/internal/wire":       {""},
	"cmd/asyncz":              {"cmd/asyncz/cli", "store/filestore", "store/memstore", "store/mongostore", "store/redisstore", "store/sqlstore/…"},
	"cmd/asyncz/cli":          {"", "api", "api/client", "dashboard", "telemetry/promtelemetry", "cmd/asyncz/…", "command", "executor", "httpcall", "seal", "store", "store/…", "trigger"},
	"internal/measure":        {""},
	"telemetry/…":             {"", "internal/measure"},
	"internal/telemetrycheck": nil, // its tests import what they compare
	"examples/…":              {"", "cmd/asyncz/cli", "dashboard", "executor", "store", "store/…", "trigger"},
	"internal/faults":         {"internal/faults/chaos", "internal/faults/check", "internal/faults/evidence", "internal/faults/mutants"},
	"internal/faults/…":       {"", "internal/codec", "internal/faults/check", "internal/faults/evidence", "internal/faults/setup", "internal/faults/witness", "internal/lifecycle", "internal/nodeclock", "internal/record", "seal", "store", "store/…", "storetest/faultnet", "trigger"},
	"cmd/asyncz/cli/…":        {"", "cmd/asyncz/…", "command", "executor", "httpcall", "seal", "store", "store/…", "trigger"},
	"dashboard":               {"", "dashboard/internal/auth", "trigger"},
	"dashboard/internal/auth": nil,
	"internal/browser":        nil,
	"internal/browser/…":      {"", "dashboard", "store/sqlstore/…", "trigger"},
	"bench/measure":           nil,
	"bench/place":             nil,
	"bench/target":            nil,
	"bench/system":            {"", "bench/place", "store", "store/…", "trigger"},
	"bench/scenario":          {"bench/measure", "bench/place", "bench/system"},
	"bench/report":            {"bench/measure", "bench/place", "bench/scenario", "bench/target"},
	"bench/cmd/compare":       {"bench/measure", "bench/place", "bench/report", "bench/scenario", "bench/system", "bench/target"},
	"docs":                    nil,
}

// only says which packages may import a package that is not for all.
var only = map[string][]string{
	"database/sql":  {"store/sqlstore", "bench/place", "bench/system"},
	"crypto/cipher": {"seal"},
	"crypto/aes":    {"seal"},
}

type pkg struct {
	ImportPath, Dir  string
	Imports, GoFiles []string
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

// The environment is read in one file of the root, by package command, whose
// children get it less the keys, by the helper of tests that need servers, and
// by programs.
func TestTheLibraryReadsTheEnvironmentInOnePlace(t *testing.T) {
	t.Parallel()
	allowed := []string{"/keys.go", "command/environ.go", "internal/testserver/browser.go", "internal/testserver/testserver.go"}
	reads := regexp.MustCompile(`\bos\.(Getenv|LookupEnv|Environ|ExpandEnv)\(`)
	found := 0
	for _, p := range list(t) {
		name := ours(p.ImportPath)
		if strings.HasPrefix(name, "cmd/") || strings.HasPrefix(name, "bench/cmd/") || strings.HasPrefix(name, "examples/") || strings.HasPrefix(name, "internal/faults") {
			continue
		}
		for _, file := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case !reads.Match(text):
			case slices.Contains(allowed, name+"/"+file):
				found++
			default:
				t.Errorf("%s in package %q reads the environment", file, name)
			}
		}
	}
	if found != len(allowed) {
		t.Errorf("%d of %q read the environment; the list is out of date", found, allowed)
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
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles", "work").Output()
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
