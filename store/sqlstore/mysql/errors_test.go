package mysql_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// as is the base's URL for another user.
func (b base) as(user, password string) base {
	u := *b.url
	u.User = url.UserPassword(user, password)
	b.url = &u
	return b
}

// user makes a user with these rights on the database. The user of the tests
// may not be one who grants, so that the rights are written where the server
// keeps them.
func (b base) user(rights ...string) base {
	b.tb.Helper()
	db := b.server()
	const password = "s3cret/@:%?#&=() x"
	name := strings.ReplaceAll(b.name, "asyncz_", "u_")
	columns, values := "Host,Db,User", "'%',?,?"
	for _, r := range rights {
		columns, values = columns+","+r+"_priv", values+",'Y'"
	}
	_, err := db.Exec("CREATE USER " + name + " IDENTIFIED BY '" + password + "' WITH MAX_USER_CONNECTIONS 3")
	must(b.tb, err)
	b.tb.Cleanup(func() {
		_, err := db.Exec("DROP USER " + name)
		must(b.tb, errors.Join(err, db.Close()))
	})
	_, err = db.Exec("INSERT INTO mysql.db ("+columns+") VALUES ("+values+")", b.name, name)
	must(b.tb, err)
	_, err = db.Exec("FLUSH PRIVILEGES")
	must(b.tb, err)
	return b.as(name, password)
}

func TestWhatKeepsAStoreFromOpening(t *testing.T) {
	t.Parallel()
	const away = "127.0.0.1:1" // where nobody listens
	for name, c := range map[string]struct {
		change func(b base) base
		is     error
		words  []string
	}{
		"server away":    {func(b base) base { b.url = b.at(away); return b }, store.ErrUnreachable, []string{away}},
		"unknown host":   {func(b base) base { b.url = b.at("no-such-host.invalid:3306"); return b }, store.ErrUnreachable, []string{"no-such-host.invalid:3306"}},
		"wrong password": {func(b base) base { return b.as("test", "S3CRET") }, store.ErrConfig, []string{"refuses the user or the password"}},
		"no database":    {func(b base) base { b.url.Path = "/asyncz_missing"; return b }, store.ErrConfig, []string{"asyncz_missing", "CREATE DATABASE"}},
		"none named":     {func(b base) base { b.url.Path = ""; return b }, store.ErrConfig, []string{"no database is selected", "jobs.asyncz_store"}},
		"no right at all": {func(b base) base {
			other := newBase(b.tb)
			u := other.user("Select")
			u.url.Path = b.url.Path
			return u
		}, store.ErrConfig, []string{"closed to this user", "GRANT"}},
		"may not create": {func(b base) base { return b.user("Select", "Insert", "Update", "Delete") }, store.ErrConfig, []string{"too few rights", "GRANT", "CREATE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.change(newBase(t)).open()
			says(t, err, c.words...)
			if !errors.Is(err, c.is) {
				t.Errorf("%v is not %v", err, c.is)
			}
			for _, secret := range []string{"S3CRET", "s3cret", "s3cret%2F"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error %q shows the password", err)
				}
			}
		})
	}
}

func TestAPasswordMayHoldAnything(t *testing.T) {
	t.Parallel()
	s, err := newBase(t).user("Select", "Insert", "Update", "Delete", "Create").open()
	must(t, err)
	must(t, s.Add(bg, rec("a")))
	must(t, s.Close())
}

func TestAUserWhoMayOnlyReadIsTold(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	must(t, b.opened().Add(bg, rec("a")))
	s, err := b.user("Select").open()
	must(t, err)
	defer s.Close()
	r, err := s.Get(bg, "a")
	must(t, err)
	err = s.Update(bg, r)
	says(t, err, "too few rights", "GRANT SELECT, INSERT, UPDATE, DELETE")
	if !errors.Is(err, store.ErrConfig) {
		t.Error(err)
	}
	_, err = s.Claim(bg, store.DueQuery{At: noon, Executors: []string{"default"}, Limit: 1}, noon)
	says(t, err, "too few rights")
}

func TestATableThatIsDroppedUnderneath(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	s := b.opened()
	b.exec(`DROP TABLE asyncz_store`)
	for name, do := range map[string]func() error{
		"Add": func() error { return s.Add(bg, rec("a")) },
		"Get": func() error { _, err := s.Get(bg, "a"); return err },
		"Due": func() error { _, err := s.Due(bg, store.DueQuery{At: noon, Limit: 1}); return err },
		"Claim": func() error {
			_, err := s.Claim(bg, store.DueQuery{At: noon, Executors: []string{"a"}, Limit: 1}, noon)
			return err
		},
		"Batch": func() error { _, err := s.Batch(bg, adds(5)); return err },
	} {
		t.Run(name, func(t *testing.T) { says(t, do(), "no such table any more", "open the store again") })
	}
	must(t, b.opened().Add(bg, rec("a"))) // makes it anew
	_, err := s.Get(bg, "a")
	must(t, err)
}

// A session that is read-only answers as a server that is.
func TestAReadOnlyServerIsToldAndLeft(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	b.opened()
	s := b.opened(sqlstore.WithConnectArg("init_command", "SET SESSION TRANSACTION READ ONLY"))
	_, err := s.Get(bg, "a")
	if !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	proxied, p := b.proxied()
	s = proxied.opened(sqlstore.WithConnectArg("init_command", "SET SESSION TRANSACTION READ ONLY"))
	for want := 1; want <= 3; want++ {
		says(t, s.Add(bg, rec("a")), "takes no writes")
		<-p.closed // the connection is not used again
	}
}

func TestARecordThatIsTooLargeIsRefusedByName(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	s := b.opened()
	var packet int
	must(t, b.db("").QueryRow(`SELECT @@max_allowed_packet`).Scan(&packet))
	r := rec("large")
	r.Data = make([]byte, packet-16<<10)
	must(t, s.Add(bg, r)) // all zeros: an escaped text would be twice as large
	got, err := s.Get(bg, "large")
	must(t, err)
	if len(got.Data) != len(r.Data) {
		t.Fatalf("%d bytes came back of %d", len(got.Data), len(r.Data))
	}
	must(t, s.Update(bg, got))
	r.Data = append(r.Data, 0)
	for name, write := range map[string]func() error{
		"Add":    func() error { return s.Add(bg, r) },
		"Update": func() error { return s.Update(bg, r) },
		"Batch": func() error {
			results, err := s.Batch(bg, []store.Write{{Op: store.OpAdd, Record: rec("small")}, {Op: store.OpAdd, Record: r}})
			must(t, err)
			must(t, results[0])
			return results[1]
		},
	} {
		err := write()
		says(t, err, "large", fmt.Sprint(len(r.Data)), fmt.Sprint(packet-16<<10), "max_allowed_packet")
		if !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: %v is not %v", name, err, store.ErrInvalid)
		}
	}
}

func TestABatchIsSplitBelowTheLargestPacket(t *testing.T) {
	t.Parallel()
	s := newBase(t).opened()
	writes := adds(20)
	for i := range writes {
		writes[i].Record.Data = make([]byte, 1<<20)
	}
	batch(t, s, writes)
	for i := range writes {
		writes[i].Op, writes[i].Record.Rev = store.OpUpdate, 1
	}
	batch(t, s, writes)
}

// Two transactions that wait for each other: the server takes one back, and the
// store does it again.
func TestDeadlocksAreRepeated(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	s := b.opened()
	batch(t, s, adds(3))
	tx, err := b.db("").Begin()
	must(t, err)
	// the heavier transaction is the one that lives
	for _, text := range []string{`INSERT INTO asyncz_store (id,executor,rev,data) VALUES ('a','',1,''),('b','',1,''),('c','',1,''),('d','',1,''),('e','',1,''),('f','',1,'')`, `UPDATE asyncz_store SET due=due+1,rev=rev+1 WHERE id='` + id(2) + `'`} {
		_, err := tx.Exec(text)
		must(t, err)
	}
	results := make(chan []error)
	go func() {
		writes := adds(3)
		for i := range writes {
			writes[i].Op, writes[i].Record.Rev = store.OpUpdate, 1
		}
		outcomes, err := s.Batch(bg, writes) // locks 0 and 1 and waits for 2
		if err != nil {
			t.Error(err)
		}
		results <- outcomes
	}()
	b.waits()
	_, err = tx.Exec(`UPDATE asyncz_store SET rev=rev+1 WHERE id='` + id(0) + `'`)
	must(t, err)
	must(t, tx.Commit())
	outcomes := <-results
	if len(outcomes) != 3 {
		t.Fatal("the batch has failed")
	}
	// it came after the other, in whole
	for i, want := range []error{store.ErrConflict, nil, store.ErrConflict} {
		if !errors.Is(outcomes[i], want) {
			t.Errorf("write %d is %v, want %v", i, outcomes[i], want)
		}
	}
}

// waits returns when a transaction of this database waits for a lock. The
// server has no other way to tell than to be asked.
func (b base) waits() {
	b.tb.Helper()
	db := b.server()
	defer db.Close()
	for {
		var n int
		must(b.tb, db.QueryRow(`SELECT count(*) FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID=t.trx_mysql_thread_id
			WHERE t.trx_state='LOCK WAIT' AND p.DB=?`, b.name).Scan(&n))
		if n > 0 {
			return
		}
		// a snapshot of the transactions is taken anew when nobody has asked for 0.1 s
		_, err := db.Exec(`DO SLEEP(0.15)`)
		must(b.tb, err)
	}
}

func TestTooManyConnectionsIsWorthWaitingFor(t *testing.T) {
	t.Parallel()
	b := newBase(t).user("Select", "Insert", "Update", "Delete", "Create")
	for range 3 { // which is all that the user may have
		c, err := b.db("").Conn(bg)
		must(t, err)
		defer c.Close()
	}
	_, err := b.open()
	says(t, err, "no connection free", "pool_size")
	if !errors.Is(err, store.ErrUnreachable) {
		t.Error(err)
	}
}
