package sqlstore

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"math"
	"strings"
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
		// the ids of a claim: twice 255 characters each and three around them
		`group_concat_max_len=` + fmt.Sprint(mysqlWrites*513) + `,` +
		`innodb_lock_wait_timeout=` + fmt.Sprint(wait)
	if a.InitCommand != "" {
		text += `;` + strings.TrimRight(strings.TrimSpace(a.InitCommand), `;`)
	}
	return text, nil
}

// A setupConnector begins each connection with the same statements.
type setupConnector struct {
	driver.Connector
	text string
}

func (s setupConnector) Connect(ctx context.Context) (driver.Conn, error) {
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
