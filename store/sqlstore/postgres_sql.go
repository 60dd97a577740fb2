package sqlstore

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// postgresSQL are the statements for one table. Due times are microseconds
// since 1970, or NULL.
type postgresSQL struct {
	write                          map[int]string // by the bits of the kinds of writes
	add, update, delete, clear     string
	get, after, paused, unreadable string
	// for all labels, for one and for several
	all, one, some                                                 labelledSQL
	insertRuns, appendRuns, runs, runsOfTask, runsOfFire, trimRuns string
	beat, leave, members                                           string
}

// labelledSQL are the statements that go by labels, which are their last argument.
type labelledSQL struct {
	claim string // at, limit, hold
	due   string // at, limit
	next  string
}

// labelled picks the statements for these labels, and returns the labels as
// their argument.
func (q *postgresSQL) labelled(labels []string) (labelledSQL, []any) {
	switch {
	case labels == nil:
		return q.all, nil
	case len(labels) == 1:
		return q.one, []any{labels[0]}
	}
	return q.some, []any{textArray(labels)}
}

// postgresReadable is true of rows that are records. Other damage is kept away
// by the table's constraints. The index of due times holds only rows of which
// it is true, so a query must repeat it.
const postgresReadable = `rev>0`

const postgresColumns = `id,due,executor,rev,data`

// newPostgresSQL writes the statements for a table; names are quoted.
func newPostgresSQL(t, runs, nodes, channel, self string) postgresSQL {
	names := strings.NewReplacer("{t}", t, "{runs}", runs, "{nodes}", nodes, "{ok}", postgresReadable,
		"{columns}", postgresColumns, "{channel}", "'"+channel+"'", "{self}", "'"+self+"'").Replace
	fill := func(text string) string {
		return names(strings.NewReplacer("{why}", postgresWhy, "{sooner}", postgresSooner).Replace(text))
	}
	all := fill(postgresLabels)
	q := postgresSQL{
		write:  map[int]string{},
		add:    fill(postgresAdd),
		update: fill(postgresUpdate),
		delete: fill(postgresDelete),
		clear:  fill(`DELETE FROM {t}`),
		get:    fill(`SELECT {columns} FROM {t} WHERE id=$1`),
		after: all + fill(`SELECT r.* FROM l CROSS JOIN LATERAL (
			SELECT {columns} FROM {t} WHERE (executor,due,id)>(l.e,$1,$2) AND (executor,due)<=(l.e,9223372036854775807) AND {ok}
			ORDER BY executor,due,id LIMIT $3::int) r
			ORDER BY due,id LIMIT $3::int`),
		paused: all + fill(`SELECT r.* FROM l CROSS JOIN LATERAL (
			SELECT {columns} FROM {t} WHERE executor=l.e AND due IS NULL AND id>$1 AND {ok} ORDER BY due,id LIMIT $2::int) r
			ORDER BY id LIMIT $2::int`),
		unreadable: fill(`SELECT {columns} FROM {t} WHERE NOT ({ok}) AND id>$1 ORDER BY id LIMIT $2::int`),
		all:        newLabelledSQL(fill, func(int) string { return all }),
		one:        newLabelledSQL(fill, nil),
		some: newLabelledSQL(fill, func(n int) string {
			return `WITH l AS (SELECT unnest($` + strconv.Itoa(n) + `::text[]) AS e) `
		}),
		insertRuns: fill(postgresRuns),
		appendRuns: fill(postgresRuns + ` ON CONFLICT (log,ended,task,fire) DO UPDATE SET data=excluded.data`),
		// the limits are hidden for the reason that postgresDue has
		runs: fill(`SELECT ended,task,fire,data FROM {runs} WHERE log=$1 AND ended>=$2 AND (ended,task,fire)<($3,$4,$5)
			ORDER BY ended DESC,task DESC,fire DESC LIMIT (SELECT $6::int)`),
		runsOfTask: fill(`SELECT ended,task,fire,data FROM {runs} WHERE log=$1 AND task=$4 AND ended>=$2 AND (ended,fire)<($3,$5)
			ORDER BY ended DESC,fire DESC LIMIT (SELECT $6::int)`),
		runsOfFire: fill(`SELECT ended,task,fire,data FROM {runs} WHERE log=$1 AND task=$4 AND fire=$5 AND ended>=$2 AND ended<$3
			ORDER BY ended DESC LIMIT (SELECT $6::int)`),
		// b is the first row that stays for its age or its number
		trimRuns: fill(`WITH b AS MATERIALIZED (SELECT * FROM (SELECT $2::bigint AS ended,''::text COLLATE "C" AS task,$3::bigint AS fire
			UNION ALL (SELECT ended,task,fire FROM {runs} WHERE log=$1 AND $4::int>0 ORDER BY ended DESC,task DESC,fire DESC OFFSET greatest($4::int-1,0) LIMIT 1)) x
			ORDER BY ended DESC,task DESC,fire DESC LIMIT 1)
			DELETE FROM {runs} WHERE ctid=ANY(ARRAY(SELECT r.ctid FROM b CROSS JOIN LATERAL (SELECT ctid FROM {runs}
			WHERE log=$1 AND (ended,task,fire)<(b.ended,b.task,b.fire) ORDER BY ended,task,fire LIMIT $5::int) r))`),
		beat: fill(`INSERT INTO {nodes} (node,seen,data) VALUES ($1,` + postgresNow + `,$2)
			ON CONFLICT (node) DO UPDATE SET seen=excluded.seen,data=excluded.data`),
		leave:   fill(`DELETE FROM {nodes} WHERE node=$1`),
		members: fill(`SELECT node,seen,data FROM {nodes} ORDER BY node`),
	}
	for kinds := 1 << store.OpAdd; kinds < 1<<(store.OpDelete+1); kinds += 1 << store.OpAdd {
		q.write[kinds] = fill(postgresWrite(kinds))
	}
	return q
}

// postgresRuns adds rows to the histories.
const postgresRuns = `INSERT INTO {runs} (log,ended,task,fire,data)
	SELECT log,ended,task,fire,substring($6::bytea FROM (1+sum(len) OVER (ORDER BY n)-len)::int FOR len)
	FROM unnest($1::text[],$2::bigint[],$3::text[],$4::bigint[],$5::int4[]) WITH ORDINALITY AS w(log,ended,task,fire,len,n)
	ORDER BY n`

// postgresNow is the server's time in microseconds since 1970.
const postgresNow = `(extract(epoch FROM clock_timestamp())*1000000)::bigint`

// postgresLabels finds all labels by jumping from one to the next in the index.
const postgresLabels = `WITH RECURSIVE l(e) AS (
	(SELECT executor FROM {t} WHERE {ok} ORDER BY executor LIMIT 1)
	UNION ALL SELECT (SELECT executor FROM {t} WHERE executor>l.e AND {ok} ORDER BY executor LIMIT 1) FROM l WHERE e IS NOT NULL) `

// postgresDue is true of the rows of a label that are due. An equal label and a
// bound of the time let a walk along the index end where the time does; a bound
// of both together would go on to the end of the label. The limit is hidden from
// the planner: knowing nothing of the table it thinks that few rows have this
// label and this time, fewer than the limit, and would get all of them and sort.
const postgresDue = `executor=%s AND due<=$1 AND {ok} ORDER BY due,id LIMIT (SELECT $2::int)`

// newLabelledSQL writes the statements for the labels that with gives for the
// number of its argument, as a table l with the column e; nil is for one label.
func newLabelledSQL(fill func(string) string, with func(argument int) string) labelledSQL {
	if with == nil {
		return labelledSQL{
			claim: fill(`WITH c AS MATERIALIZED (SELECT ctid AS at,id,due FROM {t} WHERE ` + fresh(4) + ` AND ` +
				fmt.Sprintf(postgresDue, "$5") + ` FOR UPDATE SKIP LOCKED)` + postgresHold),
			due:  fill(`SELECT {columns} FROM {t} WHERE ` + fresh(3) + ` AND ` + fmt.Sprintf(postgresDue, "$4")),
			next: fill(`SELECT (SELECT due FROM {t} WHERE executor=$1 AND due IS NOT NULL AND {ok} ORDER BY due LIMIT 1)`),
		}
	}
	due := fmt.Sprintf(postgresDue, "l.e")
	return labelledSQL{
		claim: with(5) + fill(`, c AS MATERIALIZED (SELECT r.at,r.id,r.due FROM l CROSS JOIN LATERAL (
			SELECT ctid AS at,id,due FROM {t} WHERE `+fresh(4)+` AND `+due+` FOR UPDATE SKIP LOCKED) r
			ORDER BY r.due,r.id LIMIT $2::int)`+postgresHold),
		due: with(4) + fill(`SELECT r.* FROM l CROSS JOIN LATERAL (
			SELECT {columns} FROM {t} WHERE `+fresh(3)+` AND `+due+`) r
			ORDER BY due,id LIMIT $2::int`),
		next: with(1) + fill(`SELECT min((SELECT due FROM {t} WHERE executor=l.e AND due IS NOT NULL AND {ok} ORDER BY due LIMIT 1)) FROM l`),
	}
}

// fresh is postgresFresh for the argument with this number.
func fresh(argument int) string {
	return fmt.Sprintf(postgresFresh, "$"+strconv.Itoa(argument))
}

// postgresHold ends a claim: it moves the rows of c, which are locked. The planner
// takes c for a tenth of all that is due, because the limit is hidden from it, and
// would look for those rows by reading the whole table; it takes arrays to be short.
const postgresHold = ` UPDATE {t} t SET due=$3,rev=t.rev+1
	FROM unnest(ARRAY(SELECT at FROM c),ARRAY(SELECT due FROM c)) AS h(at,due) WHERE t.ctid=h.at RETURNING t.id,h.due,t.executor,t.rev,t.data`

// postgresWrite does any number of writes, of the kinds whose bits are set: the
// more kinds, the longer the server plans. Its arguments are the operations, ids, due times,
// executors, revisions and lengths of data as arrays, the data of all. It gives one letter for the outcome of each, in
// their order.
//
// All parts of the statement see the table as it was when the statement began,
// and wait for those who are just changing a row that they want to change. One
// that somebody has changed since then is left alone, and called raced, because
// its new revision is not to be seen.
//
// Nothing here asks for readable rows by their id: the planner would think of
// the index of due times, in which they come last.
func postgresWrite(kinds int) string {
	text := `WITH w AS MATERIALIZED (
	SELECT op,id,due,executor,rev,substring($7::bytea FROM (1+sum(len) OVER (ORDER BY n)-len)::int FOR len) AS data,n
	FROM unnest($1::int2[],$2::text[],$3::bigint[],$4::text[],$5::bigint[],$6::int4[]) WITH ORDINALITY AS w(op,id,due,executor,rev,len,n)
)`
	var found, written []string
	if kinds&(1<<store.OpAdd) != 0 {
		text += `, i AS (
	INSERT INTO {t} (id,due,executor,rev,data) SELECT id,due,executor,1,data FROM w WHERE op=1
	ON CONFLICT (id) DO NOTHING RETURNING id,due,executor
)`
		found = append(found, `WHEN op=1 THEN CASE WHEN id IN (SELECT id FROM i) THEN 'd' ELSE 'e' END`)
		written = append(written, `SELECT due,executor FROM i`)
	}
	if kinds&(1<<store.OpUpdate) != 0 {
		text += `, u AS (
	UPDATE {t} t SET due=w.due,executor=w.executor,rev=t.rev+1,data=w.data FROM w
	WHERE w.op=2 AND w.rev>0 AND t.id=w.id AND t.rev=w.rev RETURNING w.n,t.due,t.executor
)`
		found = append(found, `WHEN op=2 AND n IN (SELECT n FROM u) THEN 'd'`)
		written = append(written, `SELECT due,executor FROM u`)
	}
	if kinds&(1<<store.OpDelete) != 0 {
		text += `, d AS (
	DELETE FROM {t} t USING w WHERE w.op=3 AND w.rev>=0 AND t.id=w.id AND (w.rev=0 OR t.rev=w.rev) RETURNING w.n
)`
		found = append(found, `WHEN op=3 AND n IN (SELECT n FROM d) THEN 'd'`)
	}
	tell := `0::bigint`
	if len(written) > 0 {
		text += `, s AS (` + strings.Join(written, ` UNION ALL `) + `)`
		tell = postgresTell
	}
	return text + ` SELECT string_agg(CASE ` + strings.Join(found, ` `) + ` ELSE {why} END,'' ORDER BY n),` + tell +
		` FROM w WHERE ` + fresh(8)
}

// Single writes are statements of their own, which are planned in a fraction of
// the time: with the arguments of postgresWrite less the lengths, and the data
// of one.
const (
	postgresAdd = `WITH s AS (
	INSERT INTO {t} (id,due,executor,rev,data) VALUES ($1,$2,$3,1,$4) ON CONFLICT (id) DO NOTHING RETURNING due,executor
)
SELECT CASE WHEN EXISTS (SELECT FROM s) THEN 'd' ELSE 'e' END,` + postgresTellOne

	postgresUpdate = `WITH w AS (SELECT $1::text AS id,$5::bigint AS rev,2 AS op), s AS (
	UPDATE {t} SET due=$2,executor=$3,data=$4,rev=rev+1 WHERE id=$1 AND rev=$5::bigint AND $5::bigint>0 RETURNING due,executor
)
SELECT CASE WHEN EXISTS (SELECT FROM s) THEN 'd' ELSE {why} END,` + postgresTellOne + ` FROM w`

	postgresDelete = `WITH w AS (SELECT $1::text AS id,$2::bigint AS rev,3 AS op), d AS (
	DELETE FROM {t} WHERE id=$1 AND (rev=$2::bigint OR $2::bigint=0) AND $2::bigint>=0 RETURNING 1
)
SELECT CASE WHEN EXISTS (SELECT FROM d) THEN 'd' ELSE {why} END FROM w`
)

// postgresWhy tells why w did nothing, from what was there when the statement began.
const postgresWhy = `coalesce((SELECT CASE WHEN t.rev=w.rev AND t.{ok} OR op=3 AND w.rev=0 THEN 'r' WHEN t.{ok} THEN 'c' ELSE 'b' END
	FROM {t} t WHERE t.id=w.id),'m')`

// postgresTell notifies the others when what s has written is due earlier than
// all that was there for its executor: only then does somebody sleep too long.
// At the commit of a transaction that notifies all others that do wait for it,
// so it must be rare. postgresTellOne does the same for one row.
const (
	postgresTell    = `(SELECT count(pg_notify({channel},{self})) FROM (SELECT FROM (SELECT executor,min(due) AS due FROM s GROUP BY executor) s WHERE {sooner} LIMIT 1) x)`
	postgresTellOne = `(SELECT count(pg_notify({channel},{self})) FROM s WHERE {sooner})`
	postgresSooner  = `due<coalesce((SELECT due FROM {t} t WHERE t.executor=s.executor AND t.due IS NOT NULL AND t.{ok} ORDER BY t.due LIMIT 1),9223372036854775807)`
)

// postgresFresh is true, by its argument. A server that keeps the plan of a
// prepared statement may keep one that was made while the table was empty, and
// read all of it each time when it is full. This makes the plan that could be
// kept look too expensive: it must reckon with the series, which falls away when
// the argument is known. So the statement is planned for the table as it is.
// That takes a quarter of a millisecond: worth it for many rows, not for one.
const postgresFresh = `(%s::bool OR (SELECT count(*) FROM generate_series(1,1000000000))>0)`
