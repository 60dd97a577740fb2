package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

func postgresQuote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// prepare makes sure that the tables are there and ours.
func (d *postgres) prepare(ctx context.Context, c *sql.Conn) (string, error) {
	schema, table, found, err := d.find(ctx, c)
	if err != nil {
		return "", err
	}
	if err := judge(ctx, found, d.tablename); err != nil {
		return "", err
	}
	if !found.whole() {
		if err := d.create(ctx, c); err != nil {
			return "", err
		}
	}
	q := postgresQuote(schema) + "."
	d.channel = channelName(schema, table)
	d.main = q + postgresQuote(table)
	d.sql = newPostgresSQL(q+postgresQuote(table), q+postgresQuote(table+"_runs"), q+postgresQuote(table+"_nodes"), d.channel, d.self)
	return table, nil
}

// find looks for the table: in the schema that the name carries, or where the
// search path leads.
func (d *postgres) find(ctx context.Context, c *sql.Conn) (schema, table string, found inspection, err error) {
	schema, table, qualified := strings.Cut(d.tablename, ".")
	if !qualified {
		schema, table = "", d.tablename
	}
	const where = `SELECT coalesce((SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid=c.relnamespace
		WHERE c.oid=to_regclass($1)),current_schema()::text), current_setting('server_encoding')`
	var in sql.NullString
	var encoding string
	if err := c.QueryRowContext(ctx, where, postgresQuote(table)).Scan(&in, &encoding); err != nil {
		return "", "", found, err
	}
	if encoding != "UTF8" {
		found.foreign = "its encoding is " + encoding + ", and tasks need UTF8"
		return schema, table, found, nil
	}
	if !qualified && !in.Valid {
		found.foreign = "its search path leads to no schema that this user may use; name one in tablename, as in jobs.asyncz_store"
		return schema, table, found, nil
	}
	if !qualified {
		schema = in.String
	}
	found, err = postgresInspect(ctx, c, schema, table)
	return schema, table, found, err
}

func postgresInspect(ctx context.Context, c *sql.Conn, schema, table string) (found inspection, err error) {
	const list = `SELECT c.relname::text,string_agg(a.attname::text,',' ORDER BY a.attnum)
		FROM pg_class c JOIN pg_namespace n ON n.oid=c.relnamespace
		LEFT JOIN pg_attribute a ON a.attrelid=c.oid AND a.attnum>0 AND NOT a.attisdropped
		WHERE n.nspname=$1 AND c.relname IN ($2,$3,$4,$5) GROUP BY 1`
	rows, err := c.QueryContext(ctx, list, schema, table, metaTable, table+"_runs", table+"_nodes")
	if err != nil {
		return found, err
	}
	defer rows.Close()
	meta := false
	found.beside = map[string][]string{}
	for rows.Next() {
		var name string
		var columns sql.NullString
		if err := rows.Scan(&name, &columns); err != nil {
			return found, err
		}
		switch {
		case name == table:
			found.table, found.columns = name, strings.Split(columns.String, ",")
		case name != metaTable:
			found.beside[strings.TrimPrefix(name, table)] = strings.Split(columns.String, ",")
		case columns.String != "name,version":
			found.foreign = "its table " + metaTable + " is not ours"
			return found, nil
		default:
			meta = true
		}
	}
	if err := rows.Err(); err != nil || !meta {
		return found, err
	}
	err = c.QueryRowContext(ctx, `SELECT version FROM `+postgresQuote(schema)+`.`+metaTable+` WHERE name=$1`, table).Scan(&found.version)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return found, err
}

// create makes the tables that are not there, in one transaction, in which only
// one process can be at a time.
func (d *postgres) create(ctx context.Context, c *sql.Conn) error {
	// with a higher level it would see what there was before it had the lock
	if err := exec(ctx, c, `BEGIN ISOLATION LEVEL READ COMMITTED`); err != nil {
		return err
	}
	err := d.createLocked(ctx, c)
	if err != nil {
		return errors.Join(err, exec(context.WithoutCancel(ctx), c, `ROLLBACK`))
	}
	return exec(ctx, c, `COMMIT`)
}

// createLocked looks again when it has the lock: another may have been faster.
func (d *postgres) createLocked(ctx context.Context, c *sql.Conn) error {
	if err := exec(ctx, c, `SELECT pg_advisory_xact_lock(hashtextextended('asyncz',0))`); err != nil {
		return err
	}
	schema, table, found, err := d.find(ctx, c)
	if err != nil {
		return err
	}
	if err := judge(ctx, found, d.tablename); err != nil || found.whole() {
		return err
	}
	for _, text := range postgresCreate(schema, table) {
		if err := exec(ctx, c, text); err != nil {
			return err
		}
	}
	note := `INSERT INTO ` + postgresQuote(schema) + `.` + metaTable + ` (name,version) VALUES ($1,$2) ON CONFLICT (name) DO NOTHING`
	return exec(ctx, c, note, table, schemaVersion)
}

func postgresCreate(schema, table string) []string {
	q := postgresQuote(schema) + "."
	t, runs := q+postgresQuote(table), q+postgresQuote(table+"_runs")
	return []string{
		`CREATE TABLE IF NOT EXISTS ` + q + metaTable + ` (name text COLLATE "C" PRIMARY KEY, version bigint NOT NULL)`,
		// Data comes last: what is read without it need not pass over it. Each run of
		// a task leaves dead rows behind, so they are cleared away sooner than the
		// server does by itself. Room left in the pages was measured to gain nothing,
		// because each write moves the row in the index of due times.
		`CREATE TABLE IF NOT EXISTS ` + t + ` (
			id text COLLATE "C" PRIMARY KEY CHECK (octet_length(id) BETWEEN 1 AND 255),
			due bigint CHECK (due BETWEEN -62135596800000000 AND 253402300799999999),
			executor text COLLATE "C" NOT NULL, rev bigint NOT NULL CHECK (rev>0), data bytea NOT NULL)
			WITH (autovacuum_vacuum_scale_factor=0.05, autovacuum_analyze_scale_factor=0.05)`,
		`CREATE INDEX IF NOT EXISTS ` + postgresQuote(table+"_due") + ` ON ` + t + ` (executor,due,id) WHERE ` + postgresReadable,
		// empty as long as all is well: a walk finds what is broken without reading the whole table
		`CREATE INDEX IF NOT EXISTS ` + postgresQuote(table+"_bad") + ` ON ` + t + ` (id) WHERE NOT (` + postgresReadable + `)`,
		`CREATE TABLE IF NOT EXISTS ` + runs + ` (
			log text COLLATE "C", ended bigint, task text COLLATE "C", fire bigint, data bytea NOT NULL, PRIMARY KEY (log,ended,task,fire))`,
		// It serves the look-up of a fire too, which passes over the entries of its task:
		// that is rare, and an index of its own was a third of what a new row costs.
		`CREATE INDEX IF NOT EXISTS ` + postgresQuote(table+"_task") + ` ON ` + runs + ` (log,task,ended,fire)`,
		`CREATE TABLE IF NOT EXISTS ` + q + postgresQuote(table+"_nodes") + ` (
			node text COLLATE "C" PRIMARY KEY, seen bigint NOT NULL, data bytea NOT NULL)`,
	}
}
