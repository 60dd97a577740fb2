package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// check looks at what lets a server forget what it has acknowledged.
func (d *mysql) check(ctx context.Context, c *sql.Conn) (found []string, err error) {
	vars, err := mysqlVariables(ctx, c, "innodb_flush_log_at_trx_commit", "log_bin", "sync_binlog", "read_only", "super_read_only", "innodb_doublewrite", "max_allowed_packet")
	if err != nil {
		return nil, err
	}
	if v := vars["innodb_flush_log_at_trx_commit"]; v != "1" && v != "3" {
		found = append(found, fmt.Sprintf("innodb_flush_log_at_trx_commit is %s: a crash of the server's machine takes back the last second of writes; set it to 1", v))
	}
	if vars["log_bin"] == "ON" && vars["sync_binlog"] != "1" {
		found = append(found, fmt.Sprintf("sync_binlog is %s: after a crash of the server's machine its replicas may have other tasks than itself; set it to 1", vars["sync_binlog"]))
	}
	if strings.EqualFold(vars["innodb_doublewrite"], "OFF") {
		found = append(found, "innodb_doublewrite is OFF: a crash in the middle of a page can damage it beyond repair; set it to ON, unless the file system writes pages whole")
	}
	for _, name := range []string{"read_only", "super_read_only"} {
		if v := vars[name]; v != "" && v != "OFF" {
			found = append(found, name+" is "+v+": nothing can be written; connect to the primary")
			break
		}
	}
	if d.packet < 4<<20 {
		found = append(found, fmt.Sprintf("max_allowed_packet is %s: a task with more data than that can't be kept; set it to 16M or more", vars["max_allowed_packet"]))
	}
	engines, err := d.engines(ctx, c)
	return append(found, engines...), err
}

// engines finds tables that were given another engine since they were made.
func (d *mysql) engines(ctx context.Context, c *sql.Conn) (found []string, err error) {
	for _, t := range []string{d.t, d.runsTable, d.nodesTable} {
		schema, table, _ := strings.Cut(t, "`.`")
		unquote := strings.NewReplacer("``", "`")
		schema, table = unquote.Replace(schema[1:]), unquote.Replace(table[:len(table)-1])
		var engine sql.NullString
		err := c.QueryRowContext(ctx, `SELECT ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA=? AND TABLE_NAME=?`, schema, table).Scan(&engine)
		if err != nil {
			return found, err
		}
		if engine.String != "InnoDB" {
			found = append(found, fmt.Sprintf("the engine of the table %s is %s, which has no transactions; run ALTER TABLE %s ENGINE=InnoDB", table, engine.String, t))
		}
	}
	return found, nil
}

// mysqlVariables returns those of the server's variables that it has.
func mysqlVariables(ctx context.Context, c *sql.Conn, names ...string) (map[string]string, error) {
	rows, err := c.QueryContext(ctx, `SHOW GLOBAL VARIABLES WHERE Variable_name IN ('`+strings.Join(names, `','`)+`')`) //nolint:gosec // names of our own
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	vars := map[string]string{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		vars[strings.ToLower(name)] = value
	}
	return vars, rows.Err()
}
