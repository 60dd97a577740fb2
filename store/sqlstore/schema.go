package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// schemaVersion is the version of the tables that this code reads and writes.
const schemaVersion = 1

// ownColumns are the columns of our table, pythonColumns those of the table
// that the Python program asyncz makes.
var (
	ownColumns    = []string{"id", "due", "executor", "rev", "data"}
	pythonColumns = []string{"id", "next_run_time", "state"}
	// besideColumns are those of the tables beside ours, whose names add this to its name.
	besideColumns = map[string][]string{"_runs": {"log", "ended", "task", "fire", "data"}, "_nodes": {"node", "seen", "data"}}
)

// An inspection is what inspect found.
type inspection struct {
	table   string              // the table's name as it is spelled in the database; "" when there is none
	columns []string            // its columns, in order
	version int64               // of its schema; 0 when the meta table does not know it
	beside  map[string][]string // the columns of the tables beside it that are there, by what their names add
	foreign string              // why nothing can be put into this database at all, or ""
}

// whole tells whether all tables are there.
func (i inspection) whole() bool { return i.table != "" && len(i.beside) == len(besideColumns) }

// judge returns an error unless the table is ours, or not there and may be made.
func judge(ctx context.Context, found inspection, table string) error {
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", store.ErrConfig, fmt.Sprintf(format, args...))
	}
	for suffix, columns := range found.beside {
		if !slices.Equal(columns, besideColumns[suffix]) {
			return refuse("the table %q is somebody else's (its columns are %s); it was left as it is, choose another tablename", table+suffix, strings.Join(columns, ", "))
		}
	}
	switch {
	case found.foreign != "":
		return refuse("%s; it was left as it is, name another database", found.foreign)
	case found.table == "" && !store.MayCreate(ctx):
		return fmt.Errorf("%w: no table %q", store.ErrAbsent, table)
	case found.table == "":
		return nil
	case slices.Equal(found.columns, pythonColumns):
		return refuse("the table %q is one of the Python program asyncz, whose tasks are Python objects; it was left as it is, choose another tablename", table)
	case !slices.Equal(found.columns, ownColumns):
		return refuse("the table %q is somebody else's (its columns are %s); it was left as it is, choose another tablename", table, strings.Join(found.columns, ", "))
	case found.version > schemaVersion:
		return refuse("the table %q has the version %d and this program knows versions up to %d; use a newer program", table, found.version, schemaVersion)
	case found.version < 1:
		return refuse("the table %q has no version in the table %s; it was left as it is, choose another tablename", table, metaTable)
	}
	return nil
}
