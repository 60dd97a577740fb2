package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// A database is a kind of database that this package knows.
type database struct {
	// name is how it is called in messages.
	name string
	// schemes are its names in URLs, for [New] and for package store.
	schemes []string
	// adapters are what SQLAlchemy has after the "+" of a URL. They are the
	// names of Python's drivers, and here they all mean the same.
	adapters []string
	// forms shows the forms of its URLs, for messages.
	forms string
	// drivers are the names under which database/sql may know a driver for it,
	// the preferred one first, and driverImport is what to import for one.
	drivers      []string
	driverImport string
	// driverTypes are parts of the names of the Go types of its drivers, in
	// lower case.
	driverTypes []string
	// split cuts a URL at its query.
	split func(url string) (base, query string)
	// argument tells whether a parameter of a URL's query, which is no key of
	// the configuration, is for connect_args.
	argument func(key string) bool
	// check returns an error when the URL, without its query, can't be one.
	check func(base string) error
	// connectOptions are the options for connect_args.
	connectOptions func(args map[string]any) ([]Option, error)
	// open opens the database of a URL, and use one that the caller has opened.
	open func(ctx context.Context, base string, s settings) (Store, error)
	use  func(ctx context.Context, db *sql.DB, s settings) (Store, error)
}

// databases returns all kinds. It is a function because the functions in them
// come back to it.
func databases() []*database { return []*database{&sqliteDatabase, &postgresDatabase, &mysqlDatabase} }

// aliases are the names for package store: those of all databases, and two that
// leave it to the URL.
func aliases() []string {
	all := []string{"sql", "sqlalchemy"}
	for _, d := range databases() {
		all = append(all, d.schemes...)
	}
	return all
}

// databaseOf tells the kind of an open database by its driver.
func databaseOf(db *sql.DB) (*database, error) {
	driver := fmt.Sprintf("%T", db.Driver())
	for _, d := range databases() {
		for _, part := range d.driverTypes {
			if strings.Contains(strings.ToLower(driver), part) {
				return d, nil
			}
		}
	}
	return nil, fmt.Errorf("%w: database is a *sql.DB with the driver %s, which is none for %s", store.ErrConfig, driver, names())
}

// databaseByName finds a kind by the name that New takes.
func databaseByName(name string) (*database, error) {
	for _, d := range databases() {
		if slices.Contains(d.schemes, strings.ToLower(name)) || slices.Contains(d.drivers, strings.ToLower(name)) {
			return d, nil
		}
	}
	return nil, fmt.Errorf("%w: unknown dialect %q; there are %s", store.ErrConfig, name, strings.Join(aliases()[2:], ", "))
}

// databaseByURL finds a kind by the scheme of a URL.
func databaseByURL(text string) (*database, error) {
	scheme, _, ok := strings.Cut(text, "://")
	if !ok {
		return nil, fmt.Errorf("%w: database is not a URL; write %s", store.ErrConfig, allForms())
	}
	name, adapter, _ := strings.Cut(strings.ToLower(scheme), "+")
	for _, d := range databases() {
		if !slices.Contains(d.schemes, name) {
			continue
		}
		if adapter != "" && !slices.Contains(d.adapters, adapter) {
			return nil, fmt.Errorf("%w: %q is not a known way to %s; write %s", store.ErrConfig, adapter, d.name, d.forms)
		}
		return d, nil
	}
	return nil, fmt.Errorf("%w: unknown database %.20q; known are %s: %s", store.ErrConfig, name, names(), allForms())
}

func names() string {
	var all []string
	for _, d := range databases() {
		all = append(all, d.name)
	}
	return strings.Join(all, ", ")
}

func allForms() string {
	var all []string
	for _, d := range databases() {
		all = append(all, d.forms)
	}
	return strings.Join(all, "; ")
}

// driverFor picks the driver for a database among those that are registered.
func driverFor(d *database, registered []string) (string, error) {
	for _, name := range d.drivers {
		if slices.Contains(registered, name) {
			return name, nil
		}
	}
	return "", fmt.Errorf(`%w: this program has no driver for %s; add the import _ "%s"`, store.ErrConfig, d.name, d.driverImport)
}
