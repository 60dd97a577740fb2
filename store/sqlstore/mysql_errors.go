package sqlstore

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"reflect"
	"strings"
	"syscall"
)

// mysqlNumber is the number of an error of the server, or 0. It goes by the
// field of the driver's type, because this package does not import the driver.
func mysqlNumber(err error) int {
	switch e := err.(type) { //nolint:errorlint // it goes through the chain by itself
	case nil:
		return 0
	case interface{ Unwrap() error }:
		return mysqlNumber(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if n := mysqlNumber(inner); n != 0 {
				return n
			}
		}
		return 0
	}
	v := reflect.Indirect(reflect.ValueOf(err))
	if v.Kind() != reflect.Struct {
		return 0
	}
	if n := v.FieldByName("Number"); n.IsValid() && n.CanUint() {
		return int(n.Uint())
	}
	return 0
}

// Errors that are a part of how things are done here.
const (
	mysqlDuplicate  = 1062
	mysqlSyntax     = 1064
	mysqlOutOfRange = 1690
)

// mysqlTroubles are the errors of the server that call for something. See
// https://mariadb.com/kb/en/mariadb-error-codes and
// https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html.
var mysqlTroubles = map[int]trouble{
	// in each other's way: the server has taken the transaction back
	1213: {repeat: true, advice: "had several transactions that waited for each other"},
	1020: {repeat: true, advice: "changed a row while it was read"},
	3101: {repeat: true, advice: "took a write back that another server of its group had overtaken"},
	1205: {advice: "held a lock for longer than innodb_lock_wait_timeout; end the program or the transaction that has it, or raise timeout"},

	// nobody is taken in just now
	1040: {away: true, advice: "has no connection free; raise max_connections there, or lower pool_size and max_overflow here"},
	1203: {away: true, advice: "has no connection free for this user; raise max_user_connections there, or lower pool_size and max_overflow here"},
	1226: {away: true, advice: "has no connection free for this user, or has reached another of its limits; raise it there, or lower pool_size and max_overflow here"},
	1053: {away: true, drop: true, advice: "is shutting down"},
	1927: {away: true, drop: true, advice: "has ended the connection"},
	4031: {away: true, drop: true, advice: "has ended the connection, which was idle for too long; set pool_recycle or pool_pre_ping"},
	1317: {advice: "was told to end the statement"},
	1969: {advice: "ended the statement, which took longer than max_statement_time"},
	3024: {advice: "ended the statement, which took longer than max_execution_time"},

	// refused
	1045: {config: true, advice: "refuses the user or the password, or wants TLS of this user"},
	1698: {config: true, advice: "refuses the user or the password"},
	1251: {config: true, advice: "wants a kind of password that the driver does not have"},
	1130: {config: true, advice: "takes no connections from this host"},
	1129: {config: true, advice: "takes no connections from this host after too many errors; run mariadb-admin flush-hosts there"},
	1044: {config: true, advice: "is closed to this user; GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON its tables to the user"},
	1142: {config: true, advice: "gives this user too few rights; GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON its tables to the user"},
	1143: {config: true, advice: "gives this user too few rights; GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON its tables to the user"},
	1227: {config: true, advice: "gives this user too few rights"},
	1049: {config: true, advice: "does not exist; make it with CREATE DATABASE"},
	1286: {config: true, advice: "has no InnoDB, and tasks need its transactions; start the server with it"},
	1665: {config: true, advice: "logs statements, which goes with REPEATABLE READ alone; set binlog_format to ROW or MIXED there, or isolation_level here"},
	1146: {advice: "has no such table any more; open the store again to make it anew"},
	1054: {advice: "has a table that was changed; put its columns back"},

	// not writable: another connection may lead to a server that is
	1290: {drop: true, advice: "is read-only; if it was a fail-over, the next connection may lead to the new primary"},
	1792: {drop: true, advice: "takes no writes in this session"},
	1836: {drop: true, advice: "is read-only; if it was a fail-over, the next connection may lead to the new primary"},

	// no room
	1021: {advice: "has no room: its disk is full; make room, nothing was written"},
	1114: {advice: "has no room: its disk or its tablespace is full; make room, nothing was written"},
	1041: {advice: "is out of memory"},
	1153: {advice: "takes packets up to max_allowed_packet; raise it there"},
	1118: {advice: "takes no row of this size; raise innodb_log_file_size there"},
}

// trouble tells what an error means.
func (d *mysql) trouble(err error) trouble {
	switch n := mysqlNumber(err); n {
	case 0:
		return mysqlTrouble(err)
	case 1030, 1026, 3:
		// the text has the error of the file system
		if strings.Contains(err.Error(), "error 28") || strings.Contains(err.Error(), "rrcode: 28") {
			return mysqlTroubles[1021]
		}
		return trouble{advice: "can't read or write its files"}
	default:
		return mysqlTroubles[n]
	}
}

// mysqlTrouble tells what an error of the driver means.
func mysqlTrouble(err error) trouble {
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &untrusted):
		return trouble{config: true, advice: "has a certificate that is not trusted; name the right ssl_ca"}
	case strings.Contains(err.Error(), "does not support TLS"):
		return trouble{config: true, advice: "has no TLS; set it up there, or leave out the ssl_ parameters"}
	case strings.Contains(err.Error(), "authentication"):
		return trouble{config: true, advice: "wants a kind of password that needs TLS or a parameter of the driver"}
	}
	return trouble{away: mysqlCut(err)}
}

// mysqlCut tells whether a connection could not be made, or broke.
func mysqlCut(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOENT) ||
		// the driver's own words for a connection that broke in the middle
		strings.Contains(err.Error(), "invalid connection") || strings.Contains(err.Error(), "malformed packet")
}
