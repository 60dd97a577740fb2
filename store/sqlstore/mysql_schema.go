package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

func mysqlQuote(name string) string {
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

// prepare looks at the server and makes sure that the tables are there and ours.
func (d *mysql) prepare(ctx context.Context, c *sql.Conn) (string, error) {
	schema, table, err := d.meet(ctx, c)
	if err != nil {
		return "", err
	}
	found, complete, err := d.inspect(ctx, c, schema, table)
	if err != nil {
		return "", err
	}
	if err := judge(ctx, found, d.tablename); err != nil {
		return "", err
	}
	if !complete {
		if err := d.create(ctx, c, schema, table); err != nil {
			return "", err
		}
		found.table = table
	}
	q := mysqlQuote(schema) + "."
	d.t, d.runsTable, d.nodesTable = q+mysqlQuote(found.table), q+mysqlQuote(found.table+"_runs"), q+mysqlQuote(found.table+"_nodes")
	return found.table, nil
}

// meet asks the server for what depends on it, and returns the names of the
// database that holds the tables and of that of the tasks.
func (d *mysql) meet(ctx context.Context, c *sql.Conn) (schema, table string, err error) {
	var version string
	var selected sql.NullString
	var folded, group int
	err = c.QueryRowContext(ctx, `SELECT VERSION(),DATABASE(),@@max_allowed_packet,@@lower_case_table_names,@@group_concat_max_len`).
		Scan(&version, &selected, &d.packet, &folded, &group)
	if err != nil {
		return "", "", err
	}
	if d.rowWord, err = mysqlVersion(version); err != nil {
		return "", "", err
	}
	if !d.owned {
		// whether the ids of a claim have room (MySQL does not bound them), and the
		// driver of a caller's database sends several statements at once and puts
		// arguments into their text
		d.several = (group >= mysqlGroup || d.rowWord != "") && exec(ctx, c, `DO ?;DO ?`, 0, 0) == nil
		d.packet = min(d.packet, mysqlDriverPacket)
	}
	schema, table, qualified := strings.Cut(d.tablename, ".")
	if !qualified {
		schema, table = selected.String, d.tablename
	}
	if folded == 1 { // the server keeps all names in lower case
		schema, table = strings.ToLower(schema), strings.ToLower(table)
	}
	if schema == "" {
		return "", "", fmt.Errorf("%w: no database is selected; name one at the end of the URL, or before the table as in jobs.asyncz_store", store.ErrConfig)
	}
	return schema, table, nil
}

// mysqlVersion refuses servers that lack what is needed, and returns the word
// before a row of VALUES: MySQL wants one, MariaDB takes none.
func mysqlVersion(version string) (rowWord string, err error) {
	text, kind, least, word := version, "MySQL", [3]int{8, 0, 19}, "ROW"
	if strings.Contains(version, "MariaDB") {
		// some say that they are version 5.5.5 first, for old replicas
		text, kind, least, word = strings.TrimPrefix(version, "5.5.5-"), "MariaDB", [3]int{10, 6, 0}, ""
	}
	var v [3]int
	if n, _ := fmt.Sscanf(text, "%d.%d.%d", &v[0], &v[1], &v[2]); n < 2 {
		return word, nil
	}
	for i := range v {
		if v[i] > least[i] {
			break
		}
		if v[i] < least[i] {
			return "", fmt.Errorf("%w: the server is %s %s, which can't pass by rows that others have locked or lacks JSON_TABLE; MySQL 8.0.19 and MariaDB 10.6 can, and later ones",
				store.ErrConfig, kind, version)
		}
	}
	return word, nil
}

// inspect looks at what there is under the names of the tables, and tells
// whether all of them are there.
func (d *mysql) inspect(ctx context.Context, c *sql.Conn, schema, table string) (found inspection, complete bool, err error) {
	const list = `SELECT t.TABLE_NAME,COALESCE(t.ENGINE,''),c.COLUMN_NAME,@@lower_case_table_names
		FROM information_schema.TABLES t JOIN information_schema.COLUMNS c ON c.TABLE_SCHEMA=t.TABLE_SCHEMA AND c.TABLE_NAME=t.TABLE_NAME
		WHERE t.TABLE_SCHEMA=? AND t.TABLE_NAME IN (?,?,?,?) ORDER BY t.TABLE_NAME,c.ORDINAL_POSITION`
	rows, err := c.QueryContext(ctx, list, schema, table, metaTable, table+"_runs", table+"_nodes")
	if err != nil {
		return found, false, err
	}
	defer rows.Close()
	engine := ""
	var meta []string
	beside := map[string]bool{}
	for rows.Next() {
		var name, of, column string
		var folded int
		if err := rows.Scan(&name, &of, &column, &folded); err != nil {
			return found, false, err
		}
		switch {
		case name == metaTable:
			meta = append(meta, column)
		case name == table || folded != 0 && strings.EqualFold(name, table):
			found.table, found.columns, engine = name, append(found.columns, column), of
		default:
			beside[name] = true
		}
	}
	if err := rows.Err(); err != nil || meta == nil {
		return found, false, err
	}
	if strings.Join(meta, ",") != "name,version" {
		found.foreign = "its table " + metaTable + " is not ours"
		return found, false, nil
	}
	if found.table != "" && engine != "InnoDB" {
		found.foreign = "the engine of its table " + found.table + " is " + engine + ", and tasks need the transactions of InnoDB"
		return found, false, nil
	}
	err = c.QueryRowContext(ctx, `SELECT version FROM `+mysqlQuote(schema)+`.`+metaTable+` WHERE name=?`, binary(found.table)).Scan(&found.version)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return found, found.table != "" && len(beside) == 2, err
}

// mysqlSchemaLock is the server's lock for making tables, which can't be part of
// a transaction.
const mysqlSchemaLock = `asyncz_schema`

// create makes the tables; of several processes that start at once the first.
func (d *mysql) create(ctx context.Context, c *sql.Conn, schema, table string) error {
	var got sql.NullInt64
	if err := c.QueryRowContext(ctx, `SELECT GET_LOCK(?,60)`, mysqlSchemaLock).Scan(&got); err != nil {
		return err
	}
	if got.Int64 != 1 {
		return fmt.Errorf("another program has been making tables for a minute; end it, or wait (it has the lock %s)", mysqlSchemaLock)
	}
	err := d.createLocked(ctx, c, schema, table)
	if exec(context.WithoutCancel(ctx), c, `DO RELEASE_LOCK(?)`, mysqlSchemaLock) != nil {
		discard(c) // with the connection goes the lock
	}
	return err
}

// createLocked makes the table of the tasks last: as long as it isn't there,
// everybody begins anew.
func (d *mysql) createLocked(ctx context.Context, c *sql.Conn, schema, table string) error {
	q := mysqlQuote(schema) + "."
	const likes = ` ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`
	if err := exec(ctx, c, `CREATE TABLE IF NOT EXISTS `+q+metaTable+` (name VARBINARY(255) NOT NULL PRIMARY KEY, version BIGINT NOT NULL)`+likes); err != nil {
		return err
	}
	if err := exec(ctx, c, `INSERT INTO `+q+metaTable+` (name,version) VALUES (?,?) ON DUPLICATE KEY UPDATE version=VALUES(version)`, binary(table), schemaVersion); err != nil {
		return err
	}
	for _, text := range []string{
		`_runs (log VARBINARY(32) NOT NULL, ended BIGINT NOT NULL, task VARBINARY(255) NOT NULL, fire BIGINT NOT NULL, data LONGBLOB NOT NULL,
			PRIMARY KEY (log,ended,task,fire), KEY task (log,task,ended,fire), KEY fire (log,task,fire,ended))`,
		`_nodes (node VARBINARY(255) NOT NULL PRIMARY KEY, seen BIGINT NOT NULL, data LONGBLOB NOT NULL)`,
		// bytes are compared as bytes: no case, no trailing spaces, no forms of
		// letters. data comes last: what is read without it need not pass over it
		` (id VARBINARY(255) NOT NULL PRIMARY KEY, due BIGINT, executor VARBINARY(255) NOT NULL, rev BIGINT NOT NULL, data LONGBLOB NOT NULL,
			KEY due (executor,due,id))`,
	} {
		suffix, columns, _ := strings.Cut(text, ` `)
		if err := exec(ctx, c, `CREATE TABLE IF NOT EXISTS `+q+mysqlQuote(table+suffix)+` `+columns+likes); err != nil {
			return err
		}
	}
	return nil
}
