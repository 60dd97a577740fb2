package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// check asks the server for its set-up and for our rights.
func (d *postgres) check(ctx context.Context, c *sql.Conn) ([]string, error) {
	var fsync, commit, vacuum, readOnly, recovery, unlogged, ownVacuum, missing string
	const rights = `(SELECT coalesce(string_agg(r,', '),'') FROM unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE']) r WHERE NOT has_table_privilege($1::regclass,r))`
	err := c.QueryRowContext(ctx, `SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('autovacuum'),
		current_setting('transaction_read_only'), pg_is_in_recovery()::text, (relpersistence='u')::text,
		coalesce((SELECT option_value FROM pg_options_to_table(reloptions) WHERE option_name='autovacuum_enabled'),'on'), `+rights+`
		FROM pg_class WHERE oid=$1::regclass`, d.main).
		Scan(&fsync, &commit, &vacuum, &readOnly, &recovery, &unlogged, &ownVacuum, &missing)
	if err != nil {
		return nil, err
	}
	var all []string
	say := func(is bool, sentence string) {
		if is {
			all = append(all, sentence)
		}
	}
	say(fsync == "off", "the server has fsync=off: a crash of its host can lose everything; set fsync=on")
	say(commit == "off", "the server has synchronous_commit=off: a crash can lose the tasks of the last moments, although they were acknowledged; set it to on, for the whole server or in connect_args")
	say(unlogged == "true", fmt.Sprintf("the table %s is unlogged: a crash of the server empties it; ALTER TABLE %[1]s SET LOGGED", d.main))
	say(recovery == "true", "the server is a standby: nothing can be written; connect to the primary, or add target_session_attrs=read-write to the URL")
	say(recovery != "true" && readOnly == "on", "transactions are read-only: nothing can be written; set default_transaction_read_only=off")
	say(missing != "", fmt.Sprintf("this user may not %s on %s: grant it", strings.ReplaceAll(missing, ", ", " nor "), d.main))
	say(vacuum == "off" || ownVacuum == "off" || ownVacuum == "false", fmt.Sprintf("autovacuum is off: %s grows with every run and becomes slow; switch it on", d.main))
	return all, nil
}
