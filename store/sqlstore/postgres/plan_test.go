package postgres_test

import (
	"context"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// statements collects what a store says to its server.
type statements struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (s *statements) Enabled(context.Context, slog.Level) bool { return true }
func (s *statements) WithAttrs([]slog.Attr) slog.Handler       { return s }
func (s *statements) WithGroup(string) slog.Handler            { return s }
func (s *statements) Handle(_ context.Context, r slog.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Attrs(func(a slog.Attr) bool { s.seen[a.Value.String()] = true; return true })
	return nil
}

// argumentsByType are arguments that all statements can be planned with.
var argumentsByType = map[string]string{
	"bigint": "1000000000000500", "integer": "100", "boolean": "true", "text": "'default'", "bytea": "'xx'",
	"smallint[]": "'{1,2,3}'", "text[]": "'{default,other,third}'", "bigint[]": "'{1,2,3}'", "integer[]": "'{0,1,1}'",
}

// With a million tasks of which none is due, and with a hundred thousand that
// are, whatever the server knows of the table: a store that is idle must cost
// next to nothing.
func TestEveryStatementFindsItsRowsByAnIndex(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	log := &statements{seen: map[string]bool{}}
	s := open(t, at, sqlstore.WithEcho(slog.New(log)))
	for _, labels := range [][]string{nil, {"default"}, {"a", "b", "default"}} {
		q := store.DueQuery{At: noon, Executors: labels, Limit: 3}
		_, err := s.Due(bg, q)
		must(t, err)
		_, err = s.Claim(bg, q, noon)
		must(t, err)
		_, err = s.NextDue(bg, labels)
		must(t, err)
	}
	for range s.All(bg) {
	}
	for i := range 8 {
		ws := []store.Write{
			{Op: store.OpAdd, Record: store.Record{ID: id(i)}}, {Op: store.OpUpdate, Record: store.Record{ID: "u"}}, {Op: store.OpDelete, Record: store.Record{ID: "d"}},
		}
		_, err := s.Batch(bg, append(ws[:1+i%3:3], store.Write{Op: store.Op(1 + i%3), Record: store.Record{ID: "x"}}))
		must(t, err)
	}
	must(t, s.Add(bg, store.Record{ID: "a"}))
	must(t, s.Update(bg, store.Record{ID: "a", Rev: 1}))
	must(t, s.Delete(bg, "a", 2))

	c, err := pgx.Connect(bg, at)
	must(t, err)
	defer c.Close(bg)
	sql := func(text string) {
		_, err := c.Exec(bg, text)
		must(t, err)
	}
	sql(`SET plan_cache_mode=force_custom_plan`)
	sql(`ALTER TABLE asyncz_store SET (autovacuum_enabled=off)`)
	sql(`INSERT INTO asyncz_store SELECT 'many-'||i,1000000000000000+i,CASE WHEN i%2=0 THEN 'default' ELSE 'other' END,1,'' FROM generate_series(1,100000) i`)
	plans := 0
	for _, known := range []string{"fresh", "analyzed"} {
		if known == "analyzed" {
			sql(`ANALYZE asyncz_store`)
		}
		for text := range log.seen {
			if !strings.Contains(text, `"asyncz_store"`) || strings.Contains(text, "CREATE") || strings.Contains(text, "INSERT INTO") && strings.Contains(text, "_meta") {
				continue
			}
			for _, due := range []string{"1000000000000500", "2000000000000000"} { // five hundred, and all
				plans++
				plan := explainAt(t, c, text, "COSTS ON", due)
				if strings.Contains(plan, "JIT:") || strings.Contains(plan, "Seq Scan on asyncz_store") || strings.Contains(plan, "Bitmap") && !strings.Contains(text, "due IS NULL AND id>") {
					t.Errorf("%s\n%s, is done by\n%s", text, known, plan)
				}
			}
		}
	}
	if plans < 60 {
		t.Errorf("only %d plans were seen", plans)
	}
}

// A store that is idle looks at a few pages each second, however many tasks it has
// that are due later, and one that has little to do looks at little more.
func TestAStoreLooksAtNoTaskThatIsDueLater(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	log := &statements{seen: map[string]bool{}}
	s := open(t, at, sqlstore.WithEcho(slog.New(log)))
	for _, labels := range [][]string{nil, {"default"}, {"a", "b", "default"}} {
		_, err := s.Due(bg, store.DueQuery{At: noon, Executors: labels, Limit: 3})
		must(t, err)
		_, err = s.Claim(bg, store.DueQuery{At: noon, Executors: labels, Limit: 3}, noon)
		must(t, err)
		_, err = s.NextDue(bg, labels)
		must(t, err)
	}
	c, err := pgx.Connect(bg, at)
	must(t, err)
	defer c.Close(bg)
	sql := func(text string) {
		_, err := c.Exec(bg, text)
		must(t, err)
	}
	sql(`SET plan_cache_mode=force_custom_plan`)
	sql(`ALTER TABLE asyncz_store SET (autovacuum_enabled=off)`)
	// argumentsByType asks for what is due at 1000000000000500
	sql(`INSERT INTO asyncz_store SELECT 'later-'||i,1000000000001000+i,CASE WHEN i%2=0 THEN 'default' ELSE 'other' END,1,'' FROM generate_series(1,100000) i`)
	sql(`INSERT INTO asyncz_store SELECT 'now-'||i,1000000000000000+i,'default',1,'' FROM generate_series(1,5) i`)
	looks := 0
	for _, known := range []string{"fresh", "analyzed"} {
		if known == "analyzed" {
			sql(`ANALYZE asyncz_store`)
		}
		for text := range log.seen {
			if !strings.Contains(text, `"asyncz_store"`) || !strings.Contains(text, "due") || !strings.HasPrefix(text, "SELECT") && !strings.HasPrefix(text, "WITH") {
				continue
			}
			looks++
			sql(`BEGIN`)
			plan := explain(t, c, text, "ANALYZE, BUFFERS, COSTS OFF, TIMING OFF")
			sql(`ROLLBACK`)
			pages := 0
			for _, n := range regexp.MustCompile(`(?m)^ *Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?`).FindStringSubmatch(plan)[1:] {
				more, _ := strconv.Atoi(n)
				pages += more
			}
			if pages > 150 {
				t.Errorf("%d pages, %s:\n%s\n%s", pages, known, text, plan)
			}
		}
	}
	if looks < 18 {
		t.Errorf("only %d statements were seen", looks)
	}
}

// explain returns the plan of a statement.
func explain(t *testing.T, c *pgx.Conn, text, how string) string {
	t.Helper()
	return explainAt(t, c, text, how, argumentsByType["bigint"])
}

// explainAt is explain with this time, and number, as an argument.
func explainAt(t *testing.T, c *pgx.Conn, text, how, bigint string) string {
	t.Helper()
	_, err := c.Exec(bg, `PREPARE x AS `+text)
	must(t, err)
	defer c.Exec(bg, `DEALLOCATE x`)
	var types []string
	must(t, c.QueryRow(bg, `SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name='x'`).Scan(&types))
	call := `EXPLAIN (` + how + `) EXECUTE x`
	for i, name := range types {
		argument := argumentsByType[name]
		if name == "bigint" {
			argument = bigint
		}
		call += map[bool]string{true: "(", false: ","}[i == 0] + argument
	}
	if len(types) > 0 {
		call += ")"
	}
	rows, err := c.Query(bg, call)
	must(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", call, err)
	}
	return strings.Join(lines, "\n")
}

// With a hundred thousand rows of a history, half of them of one task: appending,
// reading and trimming find theirs by an index, in its order.
func TestEveryStatementOfTheHistoryFindsItsRowsByAnIndex(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	log := &statements{seen: map[string]bool{}}
	s := open(t, at, sqlstore.WithEcho(slog.New(log)))
	must(t, s.AppendRuns(bg, []store.RunEntry{{Task: "a", Fire: noon, Ended: noon}}))
	for _, q := range []store.RunQuery{{}, {Task: "a"}, {Task: "a", Fire: noon}} {
		for _, err := range s.Runs(bg, q) {
			must(t, err)
		}
	}
	_, err := s.TrimRuns(bg, "", noon, 5)
	must(t, err)

	c, err := pgx.Connect(bg, at)
	must(t, err)
	defer c.Close(bg)
	sql := func(text string) {
		_, err := c.Exec(bg, text)
		must(t, err)
	}
	sql(`SET plan_cache_mode=force_custom_plan`)
	sql(`ALTER TABLE asyncz_store_runs SET (autovacuum_enabled=off)`)
	sql(`INSERT INTO asyncz_store_runs SELECT 'default',1000000000000000+i,CASE WHEN i%2=0 THEN 'default' ELSE 'other' END,1000000000000000+i,'' FROM generate_series(1,100000) i`)
	plans := 0
	for _, known := range []string{"fresh", "analyzed"} {
		if known == "analyzed" {
			sql(`ANALYZE asyncz_store_runs`)
		}
		for text := range log.seen {
			if !strings.Contains(text, `"asyncz_store_runs"`) || strings.Contains(text, "CREATE") || strings.HasPrefix(text, "INSERT") {
				continue
			}
			plans++
			plan := explain(t, c, text, "COSTS ON")
			if strings.Contains(plan, "Seq Scan on asyncz_store_runs") || strings.HasPrefix(text, "SELECT") && strings.Contains(plan, "Sort") {
				t.Errorf("%s\n%s, is done by\n%s", text, known, plan)
			}
		}
	}
	if plans != 8 {
		t.Errorf("%d plans were seen, want 8", plans)
	}
}
