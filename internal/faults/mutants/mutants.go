// Package mutants builds the program of the nodes, as it is or with a deliberate
// bug, by which the harness shows that it would notice. The bugs are no part of the
// sources: the compiler is given other files in their place.
package mutants

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-asyncz/asyncz/internal/faults/setup"
)

// A change puts another text in the place of one that must be there once.
type change struct{ file, old, new string }

// Names are those of the mutants.
func Names() string { return strings.Join(slices.Sorted(maps.Keys(all)), ", ") }

// Build builds the program of the nodes into a file, with a mutant's bug unless its
// name is empty, and returns the file.
func Build(ctx context.Context, file, mutant string, race bool) (string, error) {
	dir, err := setup.Project()
	if err != nil {
		return "", err
	}
	args := []string{"build", "-o", file}
	if race {
		args = append(args, "-race")
	}
	if mutant != "" {
		overlay, err := overlay(dir, filepath.Dir(file), mutant)
		if err != nil {
			return "", err
		}
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "github.com/go-asyncz/asyncz/internal/faults/node")...)
	cmd.Dir = filepath.Join(dir, "internal", "faults")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("the program of the nodes can't be built: %w\n%s", err, out)
	}
	return file, nil
}

// overlay writes the changed files of a mutant, and what names them to the compiler.
func overlay(root, dir, mutant string) (string, error) {
	changes, ok := all[mutant]
	if !ok {
		return "", fmt.Errorf("there is no mutant %q; there are %s", mutant, Names())
	}
	replace := map[string]string{}
	for i, c := range changes {
		original := filepath.Join(root, filepath.FromSlash(c.file))
		from := original
		if changed, again := replace[original]; again {
			from = changed
		}
		text, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		if n := strings.Count(string(text), c.old); n != 1 {
			return "", fmt.Errorf("mutant %q: %s has %q %d times; the mutant must be made anew", mutant, c.file, c.old, n)
		}
		changed := filepath.Join(dir, fmt.Sprintf("%s-%d.go", mutant, i))
		if err := os.WriteFile(changed, []byte(strings.Replace(string(text), c.old, c.new, 1)), 0o600); err != nil { //nolint:gosec // the names are those of this package
			return "", err
		}
		replace[original] = changed
	}
	out, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, mutant+".json")
	return name, os.WriteFile(name, out, 0o600)
}
