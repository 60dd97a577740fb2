package mongostore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/mongostore"
)

func TestServerAwayAtTheStartIsNamedWithoutThePassword(t *testing.T) {
	t.Parallel()
	const addr = "127.0.0.1:1" // where nobody listens
	_, err := mongostore.Open(bg, "mongodb://sam:geheim@"+addr+"/x", mongostore.WithConnectTimeout(200*time.Millisecond))
	is(t, err, store.ErrUnreachable, "Open")
	says(t, err, addr, "200ms", "is it running")
	if err != nil && strings.Contains(err.Error(), "geheim") {
		t.Errorf("the error shows the password: %v", err)
	}
	ctx, cancel := context.WithCancel(bg)
	cancel()
	_, err = mongostore.Open(ctx, "mongodb://"+addr+"/x")
	is(t, err, context.Canceled, "Open with a context that has ended")
}

// A single server can't tell a repeated write from a new one, so that the
// driver does not repeat it, and the caller must look.
func TestLostReplyOfASingleServerIsAnError(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	f := p.front(t)
	s := p.behind(t, f, "?collection="+p.collection)
	for _, do := range []action{cut, swallow} {
		id := fmt.Sprint("task-", do)
		f.once("insert", do)
		is(t, s.Add(bg, rec(id)), store.ErrUnreachable, "Add whose reply is lost")
		_, err := s.Get(bg, id)
		if done := err == nil; done != (do == swallow) {
			t.Errorf("with action %d, Get: %v", do, err)
		}
	}
	r := get(t, s, fmt.Sprint("task-", swallow))
	f.once("update", swallow)
	_, err := s.Claim(bg, store.DueQuery{At: noon, Limit: 5}, noon.Add(time.Hour))
	is(t, err, store.ErrUnreachable, "Claim whose reply is lost")
	is(t, s.Update(bg, r), store.ErrConflict, "Update after the claim")
	records, err := s.Claim(bg, store.DueQuery{At: noon.Add(time.Hour), Limit: 5}, noon.Add(2*time.Hour))
	must(t, err)
	if len(records) != 1 || records[0].Rev != 3 {
		t.Errorf("when the hold has passed, Claim returns %v", records)
	}
}

// Where the driver repeats a write, the second try meets what the first has done.
func TestRepeatedWriteDoesNotMeetItsOwnWork(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]action{"command lost": cut, "reply lost": swallow} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			f := p.front(t)
			f.asReplicaSet()
			s := p.behind(t, f, "?collection="+p.collection)
			met := func(c <-chan struct{}) {
				t.Helper()
				select {
				case <-c:
				default:
					t.Fatal("the command was not met")
				}
			}
			c := f.once("insert", do)
			must(t, s.Add(bg, rec("a")))
			met(c)
			c = f.once("update", do)
			must(t, s.Update(bg, store.Record{ID: "a", Rev: 1, Due: noon, Data: []byte("new")}))
			met(c)
			if r := get(t, s, "a"); r.Rev != 2 || string(r.Data) != "new" {
				t.Errorf("after the update there is %v", r)
			}
			is(t, s.Add(bg, rec("a")), store.ErrExists, "Add of an id that is there")
			must(t, s.Add(bg, rec("b")))
			c = f.once("update", do)
			claimed, err := s.Claim(bg, store.DueQuery{At: noon, Limit: 5}, noon.Add(time.Hour))
			must(t, err)
			met(c)
			if len(claimed) != 2 {
				t.Errorf("Claim returned %v", claimed)
			}
			c = f.once("insert", do)
			results, err := s.Batch(bg, []store.Write{
				{Op: store.OpAdd, Record: rec("a")}, {Op: store.OpAdd, Record: rec("c")}, {Op: store.OpAdd, Record: rec("d")},
				{Op: store.OpUpdate, Record: store.Record{ID: "b", Rev: 7}}, {Op: store.OpUpdate, Record: store.Record{ID: "b2", Rev: 1}},
			})
			must(t, err)
			met(c)
			for i, want := range []error{store.ErrExists, nil, nil, store.ErrConflict, store.ErrNotFound} {
				is(t, results[i], want, fmt.Sprint("write ", i))
			}
			for _, command := range []string{"insert", "update"} { // the second finds the row there
				c = f.once(command, do)
				must(t, s.AppendRuns(bg, []store.RunEntry{{Task: "r", Fire: noon, Ended: noon}}))
				met(c)
			}
			rows := 0
			for _, err := range s.Runs(bg, store.RunQuery{}) {
				must(t, err)
				rows++
			}
			if rows != 1 {
				t.Errorf("there are %d rows of one run", rows)
			}
		})
	}
}

// answer makes the server answer commands of that name with an error.
func answer(f *front, name string, code int32, codeName string) {
	f.replies(func(command string, reply bson.D) bson.D {
		if command != name {
			return reply
		}
		return bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: "the server's words"}, {Key: "code", Value: code}, {Key: "codeName", Value: codeName}}
	})
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code int32
		name string
		kind error
		says string
	}{
		{13, "Unauthorized", nil, "needs the role readWrite on the database asyncz_test"},
		{10107, "NotWritablePrimary", store.ErrUnreachable, "name all members and the replicaSet"},
		{91, "ShutdownInProgress", store.ErrUnreachable, "is being shut down"},
		{14031, "OutOfDiskSpace", nil, "its disk is full"},
		{10334, "BSONObjectTooLarge", store.ErrInvalid, "larger than 16 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			f := p.front(t)
			s := p.behind(t, f, "?collection="+p.collection)
			answer(f, "insert", c.code, c.name)
			err := s.Add(bg, rec("a"))
			says(t, err, f.addr(), c.says, "the server's words")
			if c.kind != nil {
				is(t, err, c.kind, "Add")
			}
			_, err = s.Batch(bg, []store.Write{{Op: store.OpAdd, Record: rec("a")}})
			says(t, err, c.says)
		})
	}
}

func TestWrongPasswordIsToldWithoutIt(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	f := p.front(t)
	answer(f, "saslStart", 18, "AuthenticationFailed")
	_, err := mongostore.Open(bg, "mongodb://sam:geheim@"+f.addr()+"/x?authMechanism=PLAIN", mongostore.WithConnectTimeout(time.Minute))
	is(t, err, store.ErrConfig, "Open")
	says(t, err, "doesn't accept the user", "authSource")
	if err != nil && strings.Contains(err.Error(), "geheim") {
		t.Errorf("the error shows the password: %v", err)
	}
}

func TestWriteThatNoMajorityHasIsAnError(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	f := p.front(t)
	s := p.behind(t, f, "?collection="+p.collection)
	f.replies(func(command string, reply bson.D) bson.D {
		if command == "insert" {
			reply = append(reply, bson.E{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: int32(64)}, {Key: "errmsg", Value: "waiting for replication timed out"}}})
		}
		return reply
	})
	says(t, s.Add(bg, rec("a")), "not on a majority", "enough members")
}

func TestWritesAskForAMajorityAndItsJournal(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	f := p.front(t)
	client := dial(t, "mongodb://"+f.addr()+"/?w=1&readPreference=secondaryPreferred")
	o, err := mongostore.New(bg, client, mongostore.WithDatabase(p.database), mongostore.WithCollection(p.collection), patient)
	must(t, err)
	defer o.Close()
	s := o.(all)
	f.on(func(command string, body bson.Raw) action {
		switch command {
		case "insert", "update", "delete":
			w, _ := body.Lookup("writeConcern", "w").StringValueOK()
			j, _ := body.Lookup("writeConcern", "j").BooleanOK()
			if w != "majority" || !j {
				t.Errorf("%s has the write concern %v", command, body.Lookup("writeConcern"))
			}
		case "find":
			if level, _ := body.Lookup("readConcern", "level").StringValueOK(); level != "majority" {
				t.Errorf("find has the read concern %v", body.Lookup("readConcern"))
			}
		}
		return pass
	})
	must(t, s.Add(bg, rec("a")))
	_, err = s.Claim(bg, store.DueQuery{At: noon, Limit: 1}, noon)
	must(t, err)
	must(t, s.Delete(bg, "a", 2))
	must(t, s.AppendRuns(bg, []store.RunEntry{{Task: "a", Fire: noon, Ended: noon}}))
	must(t, s.Beat(bg, store.Member{Node: "n"}))
	must(t, s.Leave(bg, "n"))
	must(t, s.Clear(bg))
}

func TestLargestDocument(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	s := p.open(t)
	r := rec(strings.Repeat("i", store.MaxIDLen))
	r.Executor = strings.Repeat("e", 255)
	r.Data = make([]byte, 16<<20-4096-255)
	must(t, s.Add(bg, r))
	r.Rev = 1
	must(t, s.Update(bg, r))
	r.Data = append(r.Data, 0)
	r.Rev = 2
	for what, err := range map[string]error{"Update": s.Update(bg, r), "Add": s.Add(bg, r)} {
		is(t, err, store.ErrInvalid, what)
		says(t, err, "16772866 bytes of data", "a document of MongoDB holds")
	}
}

func TestCollectionDroppedUnderTheStore(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	s := p.open(t)
	must(t, s.Add(bg, rec("a")))
	must(t, p.tasks().Drop(bg))
	_, err := s.Get(bg, "a")
	is(t, err, store.ErrNotFound, "Get")
	is(t, s.Update(bg, store.Record{ID: "a", Rev: 1}), store.ErrNotFound, "Update")
	must(t, s.Clear(bg))
	must(t, s.Add(bg, rec("a")))
	claimed, err := s.Claim(bg, store.DueQuery{At: noon, Limit: 5}, noon)
	must(t, err)
	if len(claimed) != 1 {
		t.Errorf("Claim after the collection was dropped returns %v", claimed)
	}
	found, err := s.Check(bg)
	must(t, err)
	says(t, errors.New(strings.Join(found, "\n")), "lacks the index")
	p.open(t)
	found, err = s.Check(bg)
	must(t, err)
	if strings.Contains(strings.Join(found, "\n"), "lacks the index") {
		t.Errorf("after another start doctor is told %q", found)
	}
}
