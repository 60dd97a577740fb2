package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

func TestServerThatIsAwayIsNamedWithoutThePassword(t *testing.T) {
	t.Parallel()
	const free = "127.0.0.1:1" // where nobody listens
	for name, c := range map[string]struct {
		at    string
		words []string
	}{
		"nobody listens": {"postgresql://joe:hunter2@" + free + "/tasks", []string{free, `"tasks"`}},
		"no such host":   {"postgresql://joe:hunter2@no-such-host.invalid/tasks", []string{"no-such-host.invalid:5432"}},
		"no socket":      {"postgresql://joe:hunter2@/tasks?host=/no/such/directory", []string{"/no/such/directory"}},
		"starting":       {refusing(t, "57P03", "the database system is starting up"), []string{"takes no connections yet"}},
		"full":           {refusing(t, "53300", "sorry, too many clients already"), []string{"no connection to spare", "max_connections"}},
		"shutting down":  {refusing(t, "57P01", "terminating connection"), []string{"being shut down"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sqlstore.Open(bg, c.at)
			says(t, err, c.words...)
			if !errors.Is(err, store.ErrUnreachable) || errors.Is(err, store.ErrConfig) {
				t.Errorf("%v is no ErrUnreachable, or also an ErrConfig", err)
			}
		})
	}
}

func TestWhatAnotherConfigurationWouldHealIsSaid(t *testing.T) {
	t.Parallel()
	at, schema := place(t)
	u, err := url.Parse(at)
	must(t, err)
	other := *u
	other.Path = "/no_such_database"
	byHand(t, at, `CREATE ROLE `+schema+` LOGIN; CREATE ROLE `+schema+`_in LOGIN; GRANT USAGE ON SCHEMA `+schema+` TO `+schema+`_in`)
	t.Cleanup(func() {
		byHand(t, at, `DROP OWNED BY `+schema+`,`+schema+`_in; DROP ROLE `+schema+`,`+schema+`_in`)
	})
	nobody, guest := *u, *u
	nobody.User, guest.User = url.User(schema), url.User(schema+"_in")
	for name, c := range map[string]struct {
		at    string
		words []string
	}{
		"wrong password":      {refusing(t, "28P01", "password authentication failed"), []string{"refuses the user or the password"}},
		"no such database":    {other.String(), []string{"no_such_database", "does not exist; create it"}},
		"no right to look":    {nobody.String(), []string{"no schema that this user may use", "tablename"}},
		"no right to create":  {guest.String(), []string{"refuses a right", "CREATE on the schema"}},
		"read-only":           {with(at, "default_transaction_read_only", "on"), []string{"can't be written to", "primary"}},
		"parameter for TLS":   {"postgresql://joe@h/db?password=hunter2&sslmode=perhaps", []string{"sslmode"}},
		"secret of a key":     {"postgresql://joe:hunter2@h/db?sslpassword=hunter2&sslmode=verify-full&sslrootcert=/no/such/file", []string{"/no/such/file", "connect_args"}},
		"another's parameter": {with(at, "sslmode", "perhaps"), []string{"sslmode"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sqlstore.Open(bg, c.at)
			says(t, err, c.words...)
			if errors.Is(err, store.ErrUnreachable) {
				t.Errorf("%v is an ErrUnreachable: trying again would not help", err)
			}
		})
	}
}

func TestMissingRightIsSaidAndNothingWritten(t *testing.T) {
	t.Parallel()
	at, schema := place(t)
	s := open(t, at)
	must(t, s.Add(bg, store.Record{ID: "a", Due: noon}))
	byHand(t, at, `CREATE ROLE `+schema+` LOGIN; GRANT USAGE ON SCHEMA `+schema+` TO `+schema+`; GRANT SELECT ON ALL TABLES IN SCHEMA `+schema+` TO `+schema)
	t.Cleanup(func() { byHand(t, at, `DROP OWNED BY `+schema+`; DROP ROLE `+schema) })
	u, err := url.Parse(at)
	must(t, err)
	u.User = url.User(schema)
	reader := open(t, u.String())
	if _, err := reader.Get(bg, "a"); err != nil {
		t.Error(err)
	}
	says(t, reader.Add(bg, store.Record{ID: "b"}), "refuses a right", "INSERT")
	says(t, reader.Delete(bg, "a", 0), "refuses a right")
	_, err = reader.Claim(bg, store.DueQuery{At: noon, Limit: 1}, noon.Add(time.Hour))
	says(t, err, "refuses a right")
	sentences, err := reader.(store.Checker).Check(bg)
	must(t, err)
	if all := strings.Join(sentences, "\n"); !strings.Contains(all, "INSERT") {
		t.Errorf("Check does not tell of the missing right: %q", all)
	}
	if r, err := s.Get(bg, "a"); err != nil || r.Rev != 1 {
		t.Errorf("the record is now %v, %v", r, err)
	}
}

func TestDroppedTableIsSaidAndNotMadeAnew(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	s := open(t, at)
	must(t, s.Add(bg, store.Record{ID: "a"}))
	byHand(t, at, `ALTER TABLE asyncz_store RENAME TO away`)
	says(t, s.Add(bg, store.Record{ID: "b"}), "has lost a table", "restore it")
	_, err := s.NextDue(bg, nil)
	says(t, err, "has lost a table")
	byHand(t, at, `ALTER TABLE away RENAME TO asyncz_store`)
	if _, err := s.Get(bg, "a"); err != nil {
		t.Errorf("the table is back, and the store does not go on: %v", err)
	}
}

// A server that has become a standby answers on old connections; new ones lead
// to the new primary.
func TestConnectionsToAReadOnlyServerAreLeft(t *testing.T) {
	t.Parallel()
	at, schema := place(t)
	byHand(t, at, `CREATE ROLE `+schema+` LOGIN; GRANT ALL ON SCHEMA `+schema+` TO `+schema)
	t.Cleanup(func() { byHand(t, at, `DROP OWNED BY `+schema+`; DROP ROLE `+schema) })
	u, err := url.Parse(at)
	must(t, err)
	u.User = url.User(schema)
	p, through := through(t, u.String())
	s := open(t, through, sqlstore.WithPoolSize(1), sqlstore.WithMaxOverflow(0))
	byHand(t, at, `ALTER ROLE `+schema+` SET default_transaction_read_only=on`)
	p.cutAll() // the primary goes
	if err := s.Add(bg, store.Record{ID: "a"}); err == nil {
		t.Fatal("a read-only server was written to")
	}
	says(t, s.Add(bg, store.Record{ID: "a"}), "can't be written to", "primary")
	byHand(t, at, `ALTER ROLE `+schema+` RESET default_transaction_read_only`)
	// the pool's connection was still read-only when that was said; it is gone
	must(t, s.Add(bg, store.Record{ID: "a"}))
}

// A line that is cut before or after the server has done its work: the caller
// is told, all or nothing was done, and the store goes on.
func TestCutLineLeavesAllOrNothing(t *testing.T) {
	t.Parallel()
	direct, _ := place(t)
	p, at := through(t, direct)
	s := open(t, at, sqlstore.WithPoolSize(1), sqlstore.WithMaxOverflow(0))
	fill(t, s, 400)
	for round := range 4 {
		for name, set := range map[string]func(once func(verdict) verdict){
			"request lost":     func(once func(verdict) verdict) { p.on(func([]byte) verdict { return once(cut) }, nil) },
			"answer lost":      func(once func(verdict) verdict) { p.on(nil, func() verdict { return once(cut) }) },
			"answer swallowed": func(once func(verdict) verdict) { p.on(nil, func() verdict { return once(swallow) }) },
		} {
			first := fmt.Sprintf("new-%d-%s-", round, name)
			ws := []store.Write{
				{Op: store.OpAdd, Record: store.Record{ID: first + "a"}}, {Op: store.OpAdd, Record: store.Record{ID: first + "b"}},
			}
			ctx, cancel := context.WithTimeout(bg, 300*time.Millisecond)
			var mu sync.Mutex
			hit := false
			set(func(v verdict) verdict {
				mu.Lock()
				defer mu.Unlock()
				if hit && v == cut {
					return pass
				}
				hit = true
				return v
			})
			_, err := s.Batch(ctx, ws)
			cancel()
			p.on(nil, nil)
			// by one statement: the server may be about to do what nobody waits for any more
			var done int
			ask(t, direct, `SELECT count(*) FROM asyncz_store WHERE id IN ('`+first+`a','`+first+`b')`, &done)
			if err == nil && done == 0 {
				t.Errorf("%s: nothing was done, and that was not told", name)
			} else if err != nil && !errors.Is(err, store.ErrUnreachable) && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v is neither ErrUnreachable nor the context's", name, err)
			}
			if done == 1 {
				t.Errorf("%s: half of the batch was done", name)
			}
			must(t, s.Add(bg, store.Record{ID: first + "afterwards"}))
		}
	}
}

func TestDeadServerHoldsNobodyLongerThanHisContext(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	p, at := through(t, at)
	s := open(t, at)
	p.on(func([]byte) verdict { return swallow }, nil)
	ctx, cancel := context.WithTimeout(bg, 100*time.Millisecond)
	defer cancel()
	ended := make(chan error, 4)
	go func() { ended <- s.Add(ctx, store.Record{ID: "a"}) }()
	go func() { ended <- s.Add(ctx, store.Record{ID: "b"}) }()
	go func() { _, err := s.NextDue(ctx, nil); ended <- err }()
	go func() { _, err := s.Batch(ctx, adds(0, 10)); ended <- err }()
	for range 4 {
		if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
	}
	must(t, s.Close())
}

func TestRestartedServerIsFoundAgain(t *testing.T) {
	t.Parallel()
	at, schema := place(t)
	s := open(t, with(at, "application_name", schema))
	fill(t, s, 100)
	byHand(t, at, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name=$1`, schema)
	for i := range 10 { // each connection of the pool tells it once at most
		err := s.Add(bg, store.Record{ID: fmt.Sprint("after-", i)})
		if err == nil {
			return
		}
		if !errors.Is(err, store.ErrUnreachable) {
			t.Fatalf("got %v, want ErrUnreachable", err)
		}
	}
	t.Error("the store does not find the server again")
}
