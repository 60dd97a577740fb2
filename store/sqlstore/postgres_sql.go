package sqlstore

import "strings"

// postgresSQL are the statements for one table. Due times are microseconds
// since 1970, or NULL.
type postgresSQL struct {
	write, clear, get, after, paused, unreadable string
	// for all labels, for one and for several
	all, one, some                         labelledSQL
	appendRuns, runs, runsOfTask, trimRuns string
	beat, leave, members                   string
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
func newPostgresSQL(t, runs, nodes string) postgresSQL {
	fill := strings.NewReplacer("{t}", t, "{runs}", runs, "{nodes}", nodes, "{ok}", postgresReadable, "{columns}", postgresColumns).Replace
	all := fill(postgresLabels)
	return postgresSQL{
		write: fill(postgresWrite),
		clear: fill(`DELETE FROM {t}`),
		get:   fill(`SELECT {columns} FROM {t} WHERE id=$1`),
		after: all + fill(`SELECT r.* FROM l CROSS JOIN LATERAL (
			SELECT {columns} FROM {t} WHERE executor=l.e AND (due,id)>($1,$2) AND {ok} ORDER BY due,id LIMIT $3) r
			ORDER BY due,id LIMIT $3`),
		paused: all + fill(`SELECT r.* FROM l CROSS JOIN LATERAL (
			SELECT {columns} FROM {t} WHERE executor=l.e AND due IS NULL AND id>$1 AND {ok} ORDER BY due,id LIMIT $2) r
			ORDER BY id LIMIT $2`),
		unreadable: fill(`SELECT {columns} FROM {t} WHERE NOT ({ok}) AND id>$1 ORDER BY id LIMIT $2`),
		all:        newLabelledSQL(fill, func(int) string { return all }),
		one:        newLabelledSQL(fill, nil),
		some: newLabelledSQL(fill, func(n int) string {
			return `WITH l AS (SELECT unnest($` + string(rune('0'+n)) + `::text[]) AS e) `
		}),
		appendRuns: fill(`INSERT INTO {runs} (ended,task,fire,data)
			SELECT ended,task,fire,substring($5::bytea FROM (1+sum(len) OVER (ORDER BY n)-len)::int FOR len)
			FROM unnest($1::bigint[],$2::text[],$3::bigint[],$4::int4[]) WITH ORDINALITY AS w(ended,task,fire,len,n)
			ORDER BY ended,task COLLATE "C",fire ON CONFLICT (ended,task,fire) DO UPDATE SET data=excluded.data`),
		runs: fill(`SELECT ended,task,fire,data FROM {runs} WHERE ended>=$1 AND (ended,task,fire)<($2,$3,$4)
			ORDER BY ended DESC,task DESC,fire DESC LIMIT $5`),
		runsOfTask: fill(`SELECT ended,task,fire,data FROM {runs} WHERE task=$6 AND ended>=$1 AND (ended,task,fire)<($2,$3,$4)
			ORDER BY ended DESC,fire DESC LIMIT $5`),
		trimRuns: fill(`WITH b AS MATERIALIZED (SELECT * FROM (SELECT $1::bigint AS ended,''::text COLLATE "C" AS task,$2::bigint AS fire
			UNION ALL (SELECT ended,task,fire FROM {runs} WHERE $3::int>0 ORDER BY ended DESC,task DESC,fire DESC OFFSET greatest($3::int-1,0) LIMIT 1)) x
			ORDER BY ended DESC,task DESC,fire DESC LIMIT 1)
			DELETE FROM {runs} r USING b WHERE (r.ended,r.task,r.fire)<(b.ended,b.task,b.fire)`),
		beat: fill(`INSERT INTO {nodes} (node,seen,data) VALUES ($1,` + postgresNow + `,$2)
			ON CONFLICT (node) DO UPDATE SET seen=excluded.seen,data=excluded.data`),
		leave:   fill(`DELETE FROM {nodes} WHERE node=$1`),
		members: fill(`SELECT node,seen,data FROM {nodes} ORDER BY node`),
	}
}

// postgresNow is the server's time in microseconds since 1970.
const postgresNow = `(extract(epoch FROM clock_timestamp())*1000000)::bigint`

// postgresLabels finds all labels by jumping from one to the next in the index.
const postgresLabels = `WITH RECURSIVE l(e) AS (
	(SELECT executor FROM {t} WHERE {ok} ORDER BY executor LIMIT 1)
	UNION ALL SELECT (SELECT executor FROM {t} WHERE executor>l.e AND {ok} ORDER BY executor LIMIT 1) FROM l WHERE e IS NOT NULL) `

// newLabelledSQL writes the statements for the labels that with gives for the
// number of its argument, as a table l with the column e; nil is for one label.
func newLabelledSQL(fill func(string) string, with func(argument int) string) labelledSQL {
	if with == nil {
		return labelledSQL{
			claim: fill(`WITH c AS MATERIALIZED (SELECT ctid AS at,id,due FROM {t} WHERE executor=$4 AND due<=$1 AND {ok}
				ORDER BY due,id LIMIT $2 FOR UPDATE SKIP LOCKED)` + postgresHold),
			due:  fill(`SELECT {columns} FROM {t} WHERE executor=$3 AND due<=$1 AND {ok} ORDER BY due,id LIMIT $2`),
			next: fill(`SELECT (SELECT due FROM {t} WHERE executor=$1 AND due IS NOT NULL AND {ok} ORDER BY due LIMIT 1)`),
		}
	}
	return labelledSQL{
		claim: with(4) + fill(`, c AS MATERIALIZED (SELECT r.at,r.id,r.due FROM l CROSS JOIN LATERAL (
			SELECT ctid AS at,id,due FROM {t} WHERE executor=l.e AND due<=$1 AND {ok}
			ORDER BY due,id LIMIT $2 FOR UPDATE SKIP LOCKED) r ORDER BY r.due,r.id LIMIT $2)`+postgresHold),
		due: with(3) + fill(`SELECT r.* FROM l CROSS JOIN LATERAL (
			SELECT {columns} FROM {t} WHERE executor=l.e AND due<=$1 AND {ok} ORDER BY due,id LIMIT $2) r
			ORDER BY due,id LIMIT $2`),
		next: with(1) + fill(`SELECT min((SELECT due FROM {t} WHERE executor=l.e AND due IS NOT NULL AND {ok} ORDER BY due LIMIT 1)) FROM l`),
	}
}

// postgresHold ends a claim: it moves the rows of c, which are locked. An array
// of places in the table leaves the planner no choice but to go there.
const postgresHold = `, u AS (UPDATE {t} SET due=$3,rev=rev+1 WHERE ctid=ANY(ARRAY(SELECT at FROM c)) RETURNING id,executor,rev,data)
	SELECT c.id,c.due,u.executor,u.rev,u.data FROM c JOIN u ON u.id=c.id ORDER BY c.due,c.id`

// postgresWrite does any number of writes: operations, ids, due times,
// executors, revisions and lengths of data as arrays, the data of all, a channel
// and a name of the writer. It gives one letter for the outcome of each, in
// their order.
//
// All parts of the statement see the table as it was when the statement began,
// and wait for those who are just changing a row that they want to change. One
// that somebody has changed since then is left alone, and called raced, because
// its new revision is not to be seen.
const postgresWrite = `WITH w AS MATERIALIZED (
	SELECT op,id,due,executor,rev,substring($7::bytea FROM (1+sum(len) OVER (ORDER BY n)-len)::int FOR len) AS data,n
	FROM unnest($1::int2[],$2::text[],$3::bigint[],$4::text[],$5::bigint[],$6::int4[]) WITH ORDINALITY AS w(op,id,due,executor,rev,len,n)
), i AS (
	INSERT INTO {t} (id,due,executor,rev,data) SELECT id,due,executor,1,data FROM w WHERE op=1 ORDER BY id COLLATE "C"
	ON CONFLICT (id) DO NOTHING RETURNING id
), u AS (
	UPDATE {t} t SET due=w.due,executor=w.executor,rev=t.rev+1,data=w.data FROM w
	WHERE w.op=2 AND t.id=w.id AND t.rev=w.rev AND t.{ok} RETURNING w.n
), d AS (
	DELETE FROM {t} t USING w WHERE w.op=3 AND t.id=w.id AND (w.rev=0 OR t.rev=w.rev AND t.{ok}) RETURNING w.n
)
SELECT string_agg(CASE
	WHEN op=1 THEN CASE WHEN id IN (SELECT id FROM i) THEN 'd' ELSE 'e' END
	WHEN op=2 AND n IN (SELECT n FROM u) OR op=3 AND n IN (SELECT n FROM d) THEN 'd'
	ELSE coalesce((SELECT CASE WHEN t.rev=w.rev AND t.{ok} OR op=3 AND w.rev=0 THEN 'r' WHEN t.{ok} THEN 'c' ELSE 'b' END FROM {t} t WHERE t.id=w.id),'m')
	END,'' ORDER BY n) FROM w WHERE $8::text IS NOT NULL AND $9::text IS NOT NULL`
