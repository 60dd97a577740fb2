package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

var sqliteDatabase = database{
	name:           "SQLite",
	schemes:        []string{"sqlite"},
	adapters:       []string{"pysqlite", "aiosqlite"},
	forms:          sqliteForms,
	drivers:        []string{"sqlite", "sqlite3"},
	driverImport:   "github.com/go-asyncz/asyncz/store/sqlstore/sqlite",
	driverTypes:    []string{"sqlite"},
	split:          sqliteSplit,
	argument:       func(key string) bool { return key == "timeout" || key == "check_same_thread" },
	check:          func(base string) error { _, err := sqlitePath(base); return err },
	connectOptions: sqliteConnectOptions,
	open:           openSQLite,
	use:            useSQLite,
}

var sqlite = embeddedDialect{
	name:     "SQLite",
	locate:   sqliteLocate,
	begin:    `BEGIN IMMEDIATE`,
	queries:  sqliteQueries,
	classify: sqliteFailure,
	inspect:  sqliteInspect,
	create:   sqliteCreate,
}

// sqliteReadable is true of rows that are records. SQLite keeps a value of any
// type in any column, so somebody else's hand may have put anything there. The
// index of due times holds only rows of which this is true: whatever is broken
// costs a query nothing and never comes back from it. A query must repeat the
// expression word for word to use the index.
const sqliteReadable = `typeof(id)='text' AND typeof(executor)='text' AND typeof(rev)='integer' AND rev>0 AND typeof(data)='blob' AND typeof(due) IN ('integer','null')`

func sqliteQuote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func sqliteQueries(table string) queries {
	t, runs, nodes := sqliteQuote(table), sqliteQuote(table+"_runs"), sqliteQuote(table+"_nodes")
	labels := `WITH RECURSIVE l(e) AS (SELECT min(executor) FROM ` + t + ` WHERE ` + sqliteReadable + `
		UNION ALL SELECT (SELECT min(executor) FROM ` + t + ` WHERE executor>l.e AND ` + sqliteReadable + `) FROM l WHERE e IS NOT NULL) `
	q := queries{
		insert: `INSERT INTO ` + t + ` (id,due,executor,rev,data) VALUES (?,?,?,1,?) ON CONFLICT (id) DO NOTHING`,
		update: `UPDATE ` + t + ` SET due=?,executor=?,data=?,rev=rev+1 WHERE id=? AND rev=? AND ` + sqliteReadable,
		delete: `DELETE FROM ` + t + ` WHERE id=? AND rev=? AND ` + sqliteReadable,
		remove: `DELETE FROM ` + t + ` WHERE id=?`,
		exists: `SELECT ` + sqliteReadable + ` FROM ` + t + ` WHERE id=?`,
		clear:  `DELETE FROM ` + t,
		get:    `SELECT due,executor,rev,data FROM ` + t + ` WHERE id=?`,
		hold:   `UPDATE ` + t + ` SET due=?,rev=rev+1 WHERE rowid=?`,
		labels: labels + `SELECT e FROM l WHERE e IS NOT NULL`,
		soonest: labels + `SELECT min((SELECT min(due) FROM ` + t + ` WHERE executor=l.e AND ` + sqliteReadable + `))
			FROM l WHERE e IS NOT NULL`,
		unreadable: `SELECT rowid FROM ` + t + ` WHERE NOT (` + sqliteReadable + `)`,
		fragment:   `SELECT id,due,executor,rev,data FROM ` + t + ` WHERE rowid=? AND NOT (` + sqliteReadable + `)`,
		byLabels:   map[int]labelQueries{},
		appendRun:  `INSERT INTO ` + runs + ` (log,ended,task,fire,data) VALUES (?,?,?,?,?) ON CONFLICT (log,ended,task,fire) DO UPDATE SET data=excluded.data`,
		runs: `SELECT ended,task,fire,data FROM ` + runs + ` WHERE log=? AND ended>=? AND (ended,task,fire)<(?,?,?)
			ORDER BY ended DESC,task DESC,fire DESC LIMIT ?`,
		runsOfTask: `SELECT ended,task,fire,data FROM ` + runs + ` WHERE log=? AND task=? AND ended>=? AND (ended,fire)<(?,?)
			ORDER BY ended DESC,fire DESC LIMIT ?`,
		runsOfFire: `SELECT ended,task,fire,data FROM ` + runs + ` WHERE log=? AND task=? AND fire=? AND ended>=? AND ended<?
			ORDER BY ended DESC LIMIT ?`,
		// the rows of an index are far smaller than those of the table
		countRuns: `SELECT count(*) FROM (SELECT 1 FROM ` + runs + ` INDEXED BY ` + sqliteQuote(table+"_runs_task") + ` WHERE log=? LIMIT ?)`,
		countOld:  `SELECT count(*) FROM (SELECT 1 FROM ` + runs + ` WHERE log=? AND ended<? LIMIT ?)`,
		runAt:     `SELECT ended,task,fire FROM ` + runs + ` WHERE log=? ORDER BY ended,task,fire LIMIT 1 OFFSET ?`,
		trimRuns:  `DELETE FROM ` + runs + ` WHERE log=? AND (ended,task,fire)<(?,?,?)`,
		trimAll:   `DELETE FROM ` + runs + ` WHERE log=?`,
		beat: `INSERT INTO ` + nodes + ` (node,seen,data) VALUES (?,?,?)
			ON CONFLICT (node) DO UPDATE SET seen=excluded.seen,data=excluded.data`,
		leaveNode: `DELETE FROM ` + nodes + ` WHERE node=?`,
		members:   `SELECT node,seen,data FROM ` + nodes + ` ORDER BY node`,
	}
	for _, n := range labelCounts {
		q.byLabels[n] = labelQueries{
			next: `SELECT min(d) FROM (` + union(n, `SELECT min(due) AS d FROM `+t+` WHERE executor=? AND `+sqliteReadable) + `)`,
			due:  sqlitePage(t, n, `due<=?`), after: sqlitePage(t, n, `(due,id)>(?,?)`), paused: sqlitePage(t, n, `due IS NULL AND id>?`),
		}
	}
	return q
}

// sqlitePage selects by several labels so that SQLite walks the index once a
// label, side by side, and stops at the limit.
func sqlitePage(t string, n int, condition string) string {
	one := `SELECT rowid AS k,id,due,executor,rev,data FROM ` + t + ` WHERE executor=? AND ` + condition + ` AND ` + sqliteReadable
	return union(n, one) + ` ORDER BY due,id LIMIT ?`
}

func union(n int, one string) string {
	return one + strings.Repeat(` UNION ALL `+one, n-1)
}

func sqliteCreate(table string) []statement {
	t, runs := sqliteQuote(table), sqliteQuote(table+"_runs")
	return []statement{
		{text: `CREATE TABLE IF NOT EXISTS ` + metaTable + ` (name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, version INTEGER NOT NULL)`},
		// data comes last: what is read without it need not pass over it
		{text: `CREATE TABLE IF NOT EXISTS ` + t + ` (id TEXT NOT NULL PRIMARY KEY, due INTEGER, executor TEXT NOT NULL, rev INTEGER NOT NULL, data BLOB NOT NULL)`},
		{text: `CREATE INDEX IF NOT EXISTS ` + sqliteQuote(table+"_due") + ` ON ` + t + ` (executor,due,id) WHERE ` + sqliteReadable},
		// empty as long as all is well: a walk finds what is broken without reading the whole table
		{text: `CREATE INDEX IF NOT EXISTS ` + sqliteQuote(table+"_unreadable") + ` ON ` + t + ` (id) WHERE NOT (` + sqliteReadable + `)`},
		{text: `CREATE TABLE IF NOT EXISTS ` + runs + ` (log TEXT NOT NULL, ended INTEGER NOT NULL, task TEXT NOT NULL, fire INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (log,ended,task,fire)) WITHOUT ROWID`},
		// serves the look-up of a fire too, for the reason that is given for PostgreSQL
		{text: `CREATE INDEX IF NOT EXISTS ` + sqliteQuote(table+"_runs_task") + ` ON ` + runs + ` (log,task,ended,fire)`},
		{text: `CREATE TABLE IF NOT EXISTS ` + sqliteQuote(table+"_nodes") + ` (node TEXT NOT NULL PRIMARY KEY, seen INTEGER NOT NULL, data BLOB NOT NULL)`},
		{text: `INSERT INTO ` + metaTable + ` (name,version) VALUES (?,?) ON CONFLICT (name) DO NOTHING`, args: []any{table, schemaVersion}},
	}
}

func sqliteInspect(ctx context.Context, c *sql.Conn, table string) (found inspection, err error) {
	var encoding string
	if err := c.QueryRowContext(ctx, `PRAGMA encoding`).Scan(&encoding); err != nil {
		return found, err
	}
	if encoding != "UTF-8" {
		// BINARY compares the bytes of the encoding, and ids are compared as UTF-8
		found.foreign = "its encoding is " + encoding + ", and tasks need UTF-8"
		return found, nil
	}
	meta, err := columns(ctx, c, `SELECT name FROM pragma_table_info(?) ORDER BY cid`, metaTable)
	if err != nil {
		return found, err
	}
	if len(meta) > 0 && strings.Join(meta, ",") != "name,version" {
		found.foreign = "its table " + metaTable + " is not ours"
		return found, nil
	}
	err = c.QueryRowContext(ctx, `SELECT name FROM sqlite_schema WHERE name=? COLLATE NOCASE`, table).Scan(&found.table)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return found, err
	}
	if found.table != "" {
		table = found.table
		found.columns, err = columns(ctx, c, `SELECT name FROM pragma_table_info(?) ORDER BY cid`, table)
		if err != nil {
			return found, err
		}
	}
	found.beside, err = sqliteBeside(ctx, c, table)
	if err != nil || len(meta) == 0 || found.table == "" {
		return found, err
	}
	err = c.QueryRowContext(ctx, `SELECT CAST(version AS INTEGER) FROM `+metaTable+` WHERE name=?`, table).Scan(&found.version)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return found, err
}

// sqliteBeside looks at the tables beside the main one.
func sqliteBeside(ctx context.Context, c *sql.Conn, table string) (found map[string][]string, err error) {
	found = map[string][]string{}
	for suffix := range besideColumns {
		names, err := columns(ctx, c, `SELECT name FROM pragma_table_info(?) ORDER BY cid`, table+suffix)
		if err != nil {
			return nil, err
		}
		if len(names) > 0 {
			found[suffix] = names
		}
	}
	return found, nil
}

func columns(ctx context.Context, c *sql.Conn, query, table string) ([]string, error) {
	rows, err := c.QueryContext(ctx, query, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// sqliteFailure goes by SQLite's result code where the driver gives it, and by
// SQLite's own English sentence where it does not.
func sqliteFailure(err error) failure {
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		return sqliteCodes[coded.Code()&0xff]
	}
	text := err.Error()
	for sentence, kind := range sqliteSentences {
		if strings.Contains(text, sentence) {
			return kind
		}
	}
	return failOther
}

// See https://www.sqlite.org/rescode.html.
var sqliteCodes = map[int]failure{
	5: failBusy, 6: failBusy, 8: failReadOnly, 10: failIO, 11: failDamaged, 13: failFull, 14: failOpen, 26: failForeign,
}

var sqliteSentences = map[string]failure{
	"database is locked":           failBusy,
	"database table is locked":     failBusy,
	"readonly database":            failReadOnly,
	"disk I/O error":               failIO,
	"malformed":                    failDamaged,
	"database or disk is full":     failFull,
	"unable to open database file": failOpen,
	"file is not a database":       failForeign,
}
