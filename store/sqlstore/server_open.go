package sqlstore

import (
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// openServer makes the pool for a database of our own, by the DSN of its driver.
func openServer(d dialect, where, dsn string, s settings) (*serverPool, error) {
	name, err := driverFor(s.database, sql.Drivers())
	if err != nil {
		return nil, err
	}
	probe, err := sql.Open(name, dsn) // opens nothing yet; it is the way to the driver
	if err != nil {
		return nil, fmt.Errorf("%w: %s: driver %q: %w", store.ErrConfig, where, name, hide(err, s.secrets))
	}
	defer probe.Close()
	connector, err := connectorOf(probe.Driver(), dsn)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: driver %q: %w", store.ErrConfig, where, name, hide(err, s.secrets))
	}
	return newServerPool(d, where, connector, s), nil
}

// newServerPool makes the pool for a database of our own. It opens nothing
// before it is used.
func newServerPool(d dialect, where string, connector driver.Connector, s settings) *serverPool {
	pooled := connector
	if s.echo != nil {
		pooled = &echoConnector{connector, s.echo}
	}
	p := &serverPool{db: sql.OpenDB(pooled), d: d, where: where, owned: true, prePing: s.prePing, wait: s.wait, secrets: s.secrets}
	s.limit(p.db)
	p.listener = sql.OpenDB(connector)
	p.listener.SetMaxIdleConns(0)
	return p
}

// connectorOf makes the connector for a DSN.
func connectorOf(d driver.Driver, dsn string) (driver.Connector, error) {
	if own, ok := d.(driver.DriverContext); ok {
		return own.OpenConnector(dsn)
	}
	return dsnConnector{driver: d, dsn: dsn}, nil
}

// useServer makes the pool for a database that the caller has opened.
func useServer(d dialect, where string, db *sql.DB, s settings) *serverPool {
	return &serverPool{db: db, d: d, where: where, prePing: s.prePing, wait: s.wait}
}

// checkServerTable refuses names that no quoting makes right.
func checkServerTable(name string, longest int) error {
	schema, table, qualified := strings.Cut(name, ".")
	why := ""
	switch {
	case !plain(name):
		why = "it is not plain text"
	case qualified && schema == "":
		why = "the schema before the dot is empty"
	case !qualified && schema == "" || qualified && table == "":
		why = "it is empty"
	case len(schema) > 63:
		why = "the schema before the dot has more than 63 bytes"
	case len(strings.TrimPrefix(name, schema+".")) > longest:
		why = fmt.Sprintf("it has more than %d bytes, and the tables beside it have longer names", longest)
	case strings.EqualFold(table, metaTable) || !qualified && strings.EqualFold(name, metaTable):
		why = "that table holds the versions of the stores"
	default:
		return nil
	}
	return fmt.Errorf("%w: tablename %q: %s", store.ErrConfig, name, why)
}

// serverConnectOptions are the options for connect_args: all of them go to the driver.
func serverConnectOptions(args map[string]any) ([]Option, error) {
	var options []Option
	for key, value := range args {
		switch value.(type) {
		case string, bool, int, int64, uint64, float64:
			options = append(options, WithConnectArg(key, fmt.Sprint(value)))
		default:
			return nil, fmt.Errorf("%w: connect_args: %s is of the type %T; it takes text, a number or a bool", store.ErrConfig, key, value)
		}
	}
	return options, nil
}

// randomName is a name that nobody else has.
func randomName() string { return rand.Text() }
