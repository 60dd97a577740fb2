package cli

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/go-asyncz/asyncz"
)

// declaredIn is the name in the metadata of a task under which stands the file
// that declares it.
const declaredIn = "declared_in"

// declare notes in a task of a configuration file where it comes from, so that
// it can be told later from tasks that somebody has added.
func declare(task map[string]any, file string) error {
	if task["metadata"] == nil {
		task["metadata"] = map[string]any{}
	}
	metadata, ok := task["metadata"].(map[string]any)
	if !ok {
		return nil // the scheduler refuses it, in words for all tasks
	}
	if _, given := metadata[declaredIn]; given {
		return fmt.Errorf("metadata.%s: it is set by this program; leave it out", declaredIn)
	}
	file, err := filepath.Abs(file)
	metadata[declaredIn] = file
	return err
}

// A declaration is a task that a file declares.
type declaration struct {
	declared
	index int             // in the list of the file
	form  json.RawMessage // of AddJSON
}

// A declared names such a task.
type declared struct{ store, id string }

// declarations returns the tasks of a configuration. One without an id is an
// error, and so is one that is declared twice: one would undo the other.
func declarations(c asyncz.Config) ([]declaration, error) {
	var all []declaration
	seen := map[declared]bool{}
	for i, form := range c.Tasks {
		name := struct{ Store, ID string }{Store: asyncz.DefaultAlias}
		switch err := json.Unmarshal(form, &name); {
		case err != nil:
			return nil, fmt.Errorf("tasks[%d]: store and id must be texts", i)
		case name.ID == "":
			return nil, fmt.Errorf("tasks[%d]: id: a task in a configuration needs one, to be known at the next start", i)
		}
		d := declaration{declared{name.Store, name.ID}, i, form}
		if seen[d.declared] {
			return nil, fmt.Errorf("tasks[%d] %q: the file has another task with this id", i, name.ID)
		}
		seen[d.declared] = true
		all = append(all, d)
	}
	return all, nil
}
