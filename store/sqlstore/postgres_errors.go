package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net"
	"os"
	"strings"
)

// trouble goes by SQLSTATE, which every driver gives, and by the errors of the
// network. See https://www.postgresql.org/docs/current/errcodes-appendix.html.
func (d *postgres) trouble(err error) trouble {
	var coded interface{ SQLState() string }
	if errors.As(err, &coded) {
		code := coded.SQLState()
		if t, ok := postgresTroubles[code]; ok {
			return t
		}
		return postgresTroubles[code[:min(2, len(code))]]
	}
	if strings.HasPrefix(err.Error(), "cannot parse") { // pgx, of its configuration
		return trouble{config: true, advice: "can't be asked: the URL or connect_args are wrong"}
	}
	var line *net.OpError
	var name *net.DNSError
	if errors.As(err, &line) || errors.As(err, &name) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sql.ErrConnDone) ||
		strings.Contains(err.Error(), "conn closed") {
		return trouble{away: true, drop: true}
	}
	return trouble{}
}

// postgresDuplicate reports whether a row is there already.
func postgresDuplicate(err error) bool {
	var coded interface{ SQLState() string }
	return errors.As(err, &coded) && coded.SQLState() == "23505"
}

var postgresTroubles = map[string]trouble{
	"40001": {repeat: true, advice: "is too busy: other transactions were in the way each time; try again, or use READ COMMITTED"},
	"40P01": {repeat: true, advice: "is too busy: other transactions were in the way each time; try again"},
	"08":    {away: true, drop: true},
	"57P01": {away: true, drop: true, advice: "is being shut down"},
	"57P02": {away: true, drop: true, advice: "has crashed and is being started again"},
	"57P03": {away: true, drop: true, advice: "takes no connections yet: it is starting or recovering"},
	"53300": {away: true, advice: "has no connection to spare; raise its max_connections, or lower pool_size and max_overflow"},
	"53100": {advice: "can't grow: its disk is full; make room"},
	"53200": {advice: "is out of memory"},
	"28":    {config: true, advice: "refuses the user or the password"},
	"42704": {config: true, advice: "refuses a parameter: check connect_args and the query of the URL"},
	"22023": {config: true, advice: "refuses a parameter: check connect_args and the query of the URL"},
	"3D000": {config: true, advice: "does not exist; create it, or name another"},
	"42501": {config: true, advice: "refuses a right that tasks need: grant SELECT, INSERT, UPDATE and DELETE on the tables, and USAGE and CREATE on the schema"},
	"3F000": {config: true, advice: "has no such schema; create it, or name another in tablename"},
	"42P01": {advice: "has lost a table of the store while it was in use; nothing was written; restore it, or start anew to make an empty one"},
	"25006": {drop: true, advice: "can't be written to: it is a standby, or was made one; connect to the primary"},
}
