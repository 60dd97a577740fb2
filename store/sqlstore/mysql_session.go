package sqlstore

import (
	"cmp"
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// mysqlSetup is the text that begins each connection of ours.
func mysqlSetup(a mysqlArgs, s settings) (string, error) {
	// Each statement of a transaction sees what is there, and locks rows but not
	// the gaps between them: claims and adds are not in each other's way.
	isolation := strings.ToUpper(cmp.Or(s.isolation, "READ COMMITTED"))
	switch isolation {
	case "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE", "READ UNCOMMITTED":
	case "AUTOCOMMIT":
		return "", fmt.Errorf("%w: isolation_level AUTOCOMMIT: a batch of writes needs a transaction; READ COMMITTED is the default", store.ErrConfig)
	default:
		return "", fmt.Errorf("%w: isolation_level %q: there are READ COMMITTED, REPEATABLE READ, SERIALIZABLE and READ UNCOMMITTED", store.ErrConfig, s.isolation)
	}
	// whole seconds, at least one, are what the server has
	wait := int64(max(1, math.Ceil(min(s.lockWait, 24*time.Hour).Seconds())))
	text := `SET SESSION TRANSACTION ISOLATION LEVEL ` + isolation + `;` +
		`SET SESSION autocommit=1,sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',` +
		`group_concat_max_len=` + fmt.Sprint(mysqlGroup) + `,` +
		`innodb_lock_wait_timeout=` + fmt.Sprint(wait)
	if a.InitCommand != "" {
		text += `;` + strings.TrimRight(strings.TrimSpace(a.InitCommand), `;`)
	}
	return text, nil
}

// openMySQLConnector is the way of package store/sqlstore/mysql to the driver.
var openMySQLConnector atomic.Pointer[func(dsn string, config *tls.Config) (driver.Connector, error)]

// UseMySQL hands over a function that makes connectors of the driver for MySQL,
// from a DSN and, unless it is nil, a TLS configuration. Package
// store/sqlstore/mysql calls it in init. A program that imports the driver alone
// can open databases too, but not with certificates of its own.
func UseMySQL(open func(dsn string, config *tls.Config) (driver.Connector, error)) {
	openMySQLConnector.Store(&open)
}

// mysqlConnector makes connections that are set up as the dialect needs them.
func mysqlConnector(u serverURL, s settings) (driver.Connector, error) {
	a, err := newMySQLArgs(s.args)
	if err != nil {
		return nil, err
	}
	config, err := a.tlsConfig(u)
	if err != nil {
		return nil, err
	}
	dsn, err := mysqlDSN(u, a)
	if err != nil {
		return nil, err
	}
	setup, err := mysqlSetup(a, s)
	if err != nil {
		return nil, err
	}
	connector, err := mysqlDriver(dsn, config)
	if err != nil {
		return nil, err
	}
	return setupConnector{connector, setup, a.ConnectTimeout.Duration()}, nil
}

// mysqlDriver finds a driver. What it says of a DSN may hold parts of a password.
func mysqlDriver(dsn string, config *tls.Config) (driver.Connector, error) {
	var connector driver.Connector
	var err error
	if open := openMySQLConnector.Load(); open != nil {
		connector, err = (*open)(dsn, config)
	} else {
		var name string
		if name, err = driverFor(&database{name: "MySQL", drivers: []string{"mysql"}, driverImport: mysqlImport}, sql.Drivers()); err != nil {
			return nil, err
		}
		if config != nil {
			return nil, fmt.Errorf(`%w: the ssl_ parameters need the import _ "%s" instead of the driver's own`, store.ErrConfig, mysqlImport)
		}
		var probe *sql.DB
		if probe, err = sql.Open(name, dsn); err == nil {
			defer probe.Close()
			connector, err = connectorOf(probe.Driver(), dsn)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the driver for MySQL does not take the user, the password, the database or a parameter of the URL", store.ErrConfig)
	}
	return connector, nil
}

// A setupConnector begins each connection with the same statements. All of this
// together takes no longer than wait; 0 is no limit.
type setupConnector struct {
	driver.Connector
	text string
	wait time.Duration
}

func (s setupConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if s.wait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.wait, errConnectTimeout)
		defer cancel()
	}
	c, err := s.connect(ctx)
	if err != nil && errors.Is(context.Cause(ctx), errConnectTimeout) {
		return nil, &net.OpError{Op: "dial", Net: "mysql", Err: fmt.Errorf("no answer within %v (connect_timeout)", s.wait)}
	}
	return c, err
}

var errConnectTimeout = errors.New("connect timeout")

func (s setupConnector) connect(ctx context.Context) (driver.Conn, error) {
	c, err := s.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	e, ok := c.(driver.ExecerContext)
	if !ok {
		c.Close()
		return nil, fmt.Errorf("%w: the driver's %T can't execute a text; use %s", store.ErrConfig, c, mysqlImport)
	}
	if _, err := e.ExecContext(ctx, s.text, nil); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}
