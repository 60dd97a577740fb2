package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/redisstore"
	"github.com/redis/rueidis"
)

func TestServerAwayAtTheStartIsUnreachable(t *testing.T) {
	t.Parallel()
	const address = "127.0.0.1:1" // where nobody listens
	for _, c := range []struct{ url, names string }{
		{"redis://u:geheim@" + address + "/0", address},
		{"redis://u:geheim@nowhere.invalid:1234/0", "nowhere.invalid:1234"},
		{"rediss://u:geheim@" + address + "/0", address},
		{"redis://u:geheim@?cluster=" + address, address},
		{"redis://u:geheim@?sentinel=" + address + "&master_name=mymaster&sentinel_password=geheim", address},
		{"redis+unix:///nowhere/redis.sock", "/nowhere/redis.sock"},
	} {
		s, err := openURL(c.url)
		says(t, err, store.ErrUnreachable, c.names)
		if s != nil || err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("Open of %s returned %v and the error %v", c.url, s, err)
		}
	}
}

// silent listens and never answers.
func silent(tb testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, err)
	tb.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

func TestSilentServerIsGivenUp(t *testing.T) {
	t.Parallel()
	address := silent(t)
	_, err := redisstore.Open(bg, "redis://"+address, redisstore.WithTimeout(50*time.Millisecond), redisstore.WithDialTimeout(50*time.Millisecond))
	says(t, err, store.ErrUnreachable, address)
	ctx, cancel := context.WithTimeout(bg, 50*time.Millisecond)
	defer cancel()
	_, err = redisstore.Open(ctx, "redis://"+address)
	says(t, err, context.DeadlineExceeded)
}

func TestServerThatComesBackNeedsNoReopening(t *testing.T) {
	t.Parallel()
	server := newServer(t, "--appendonly", "yes", "--appendfsync", "always")
	s, err := redisstore.Open(bg, server.url(), redisstore.WithPoolSize(1)) // one connection to find out about
	must(t, err)
	defer s.Close()
	add(t, s, task("a"))
	ended := make(chan error, 1)
	woken := make(chan struct{}, 10)
	go func() { ended <- s.Watch(bg, func() { woken <- struct{}{} }) }()
	<-woken

	server.stop()
	says(t, <-ended, store.ErrUnreachable, server.address())
	_, err = s.Get(bg, "a")
	says(t, err, store.ErrUnreachable, server.address())
	says(t, s.Add(bg, task("b")), store.ErrUnreachable, server.address())
	_, err = s.Claim(bg, store.DueQuery{At: noon, Limit: 1}, noon.Add(time.Hour))
	says(t, err, store.ErrUnreachable)

	server.start() // with an empty cache of scripts
	if got, err := s.Get(bg, "a"); err != nil || got.Rev != 1 {
		t.Errorf("after the restart Get returned %v, %v", got, err)
	}
	add(t, s, task("b"))
	claimed, err := s.Claim(bg, store.DueQuery{At: noon, Limit: 10}, noon.Add(time.Hour))
	must(t, err)
	if ids(claimed) != "[a b]" {
		t.Errorf("after the restart Claim returned %s", ids(claimed))
	}
}

func TestForgottenScriptsAreSentAgain(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	s, err := redisstore.Open(bg, server.url())
	must(t, err)
	defer s.Close()
	raw := newClient(t, server.url())
	for i := range 3 {
		must(t, raw.Do(bg, raw.B().ScriptFlush().Build()).Error())
		add(t, s, task(fmt.Sprint(i)))
	}
	expect(t, s, []string{"0", "1", "2"})
}

// A write whose answer is lost was done, and must not be done again: its second
// run would find its own work and call it somebody else's.
func TestLostAnswerIsNoConflict(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	between := newProxy(t, server.address())
	direct, err := redisstore.Open(bg, server.url())
	must(t, err)
	defer direct.Close()
	// one connection, which is there before answers are lost
	raw, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{between.address()}, DisableCache: true, PipelineMultiplex: -1})
	must(t, err)
	defer raw.Close()
	for name, open := range map[string]func() (*redisstore.Store, error){
		"own": func() (*redisstore.Store, error) {
			return redisstore.Open(bg, "redis://"+between.address(), redisstore.WithPoolSize(1))
		},
		"client": func() (*redisstore.Store, error) { return redisstore.New(bg, raw) },
	} {
		s, err := open()
		must(t, err)
		add(t, s, task(name))
		for what, write := range map[string]func() error{
			"Add":    func() error { return s.Add(bg, task(name+" added")) },
			"Update": func() error { r := task(name); r.Rev = 1; return s.Update(bg, r) },
			"Claim": func() error {
				_, err := s.Claim(bg, store.DueQuery{At: noon, Limit: 1}, noon.Add(time.Hour))
				return err
			},
		} {
			between.mute.Store(true)
			failed := make(chan error, 1)
			go func() { failed <- write() }()
			<-between.muted
			between.mute.Store(false) // a second try would be answered
			between.cut()
			err := <-failed
			if !errors.Is(err, store.ErrUnreachable) || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrExists) {
				t.Errorf("%s with a %s connection whose answer was lost: got error %v, want one that wraps %q", what, name, err, store.ErrUnreachable)
			}
			_, err = s.Get(bg, name) // connects again
			must(t, err)
		}
		if r, err := direct.Get(bg, name+" added"); err != nil || r.Rev > 2 { // 2: it was claimed
			t.Errorf("what was added is %v, %v", r, err)
		}
		must(t, s.Close())
		must(t, direct.Clear(bg))
	}
}

func TestContextEndsACallThatWaits(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	for name, call := range map[string]func(ctx context.Context, s *redisstore.Store) error{
		"Get": func(ctx context.Context, s *redisstore.Store) error { _, err := s.Get(ctx, "a"); return err },
		"Add": func(ctx context.Context, s *redisstore.Store) error { return s.Add(ctx, task("a")) },
		"Due": func(ctx context.Context, s *redisstore.Store) error {
			_, err := s.Due(ctx, store.DueQuery{At: noon, Limit: 1})
			return err
		},
	} {
		// Each has one connection of its own, which is made before: the client sends
		// nothing behind a ping that is not answered, and a call that makes a connection
		// ends with it.
		between := newProxy(t, server.address())
		s, err := redisstore.Open(bg, "redis://"+between.address(), redisstore.WithPoolSize(1))
		must(t, err)
		between.mute.Store(true)
		ctx, cancel := context.WithCancel(bg)
		ended := make(chan error, 1)
		go func() { ended <- call(ctx, s) }()
		<-between.muted
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%s whose context ended returned %v", name, err)
		}
		between.cut()
		must(t, s.Close())
	}
}

func TestSilentConnectionIsGivenUp(t *testing.T) {
	t.Parallel()
	between := newProxy(t, newServer(t).address())
	// a busy server may be silent for as long, too
	var s *redisstore.Store
	insist(t, func() (err error) {
		s, err = redisstore.Open(bg, "redis://"+between.address(), redisstore.WithTimeout(300*time.Millisecond))
		return err
	})
	defer s.Close()
	between.mute.Store(true)
	says(t, s.Add(bg, task("a")), store.ErrUnreachable, between.address())
	between.mute.Store(false)
	between.cut()
	insist(t, func() error { _, err := s.Now(bg); return err })
}

func TestPasswordAndUser(t *testing.T) {
	t.Parallel()
	server := newServer(t, strings.Fields("--requirepass geheim --user ann on >wort ~asyncz* &asyncz* +@all")...)
	host, port, _ := net.SplitHostPort(server.address())
	for name, c := range map[string]struct {
		open func() (store.Store, error)
		says string
	}{
		"none":          {func() (store.Store, error) { return openURL("redis://" + server.address()) }, "asks for a password"},
		"wrong":         {func() (store.Store, error) { return openURL("redis://:geheimer@" + server.address()) }, "refuses the username or the password"},
		"wrong user":    {func() (store.Store, error) { return openURL("redis://bob:geheim@" + server.address()) }, "refuses the username or the password"},
		"password, URL": {func() (store.Store, error) { return openURL("redis://:geheim@" + server.address()) }, ""},
		"user, URL":     {func() (store.Store, error) { return openURL("redis://ann:wort@" + server.address()) }, ""},
		"user, query": {func() (store.Store, error) {
			return openURL("redis://" + server.address() + "?username=ann&password=wort")
		}, ""},
		"user, option": {func() (store.Store, error) {
			return redisstore.Open(bg, "redis://"+server.address(), redisstore.WithAuth("ann", "wort"))
		}, ""},
		"user, map": {func() (store.Store, error) {
			return store.Open(bg, map[string]any{"type": "redis", "host": host, "port": port, "username": "ann", "password": "wort"})
		}, ""},
		"password, map": {func() (store.Store, error) {
			return store.Open(bg, map[string]any{"type": "redis", "host": host, "port": port, "password": "geheim"})
		}, ""},
	} {
		s, err := c.open()
		if c.says == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			add(t, s, task(name))
			must(t, s.Close())
			continue
		}
		says(t, err, nil, c.says, server.address())
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the error shows a password: %v", name, err)
		}
	}
}

func TestUserWithTooFewRightsIsToldAndWritesNothingByHalf(t *testing.T) {
	t.Parallel()
	server := newServer(t, strings.Fields(`
		--user reader on >x ~asyncz* resetchannels -@all +@read +@scripting +@connection
		--user half on >x ~asyncz* resetchannels +@all -zadd -info -config
		--user foreign on >x ~other* +@all`)...)
	all, err := redisstore.Open(bg, server.url())
	must(t, err)
	defer all.Close()
	add(t, all, task("a"))
	for _, user := range []string{"reader", "half"} {
		s, err := redisstore.Open(bg, "redis://"+server.address(), redisstore.WithAuth(user, "x"))
		must(t, err)
		defer s.Close()
		expect(t, s, []string{"a"})
		r := task("a")
		r.Rev, r.Executor = 1, "other"
		says(t, s.Update(bg, r), nil, "too few rights", "+@write")
		says(t, s.Add(bg, task("b")), nil, "too few rights")
		_, err = s.Claim(bg, store.DueQuery{At: noon, Limit: 1}, noon.Add(time.Hour))
		says(t, err, nil, "too few rights")
		told, err := s.Check(bg)
		must(t, err)
		if text := strings.Join(told, "\n"); !contains(text, "may not publish", "could not be looked at") {
			t.Errorf("Check for %s says %q", user, told)
		}
	}
	expect(t, all, []string{"a"})
	if r, err := all.Get(bg, "a"); err != nil || r.Rev != 1 {
		t.Errorf("after the refused writes the record is %v, %v", r, err)
	}
	_, err = redisstore.Open(bg, "redis://"+server.address(), redisstore.WithAuth("foreign", "x"))
	says(t, err, nil, "too few rights", server.address())
}

func TestFullMemoryRefusesWholeWritesAndStillRemoves(t *testing.T) {
	t.Parallel()
	server := newServer(t, "--maxmemory-policy", "noeviction")
	s, err := redisstore.Open(bg, server.url())
	must(t, err)
	defer s.Close()
	const kept = 1000
	batch(t, s, adds(0, kept))
	raw := newClient(t, server.url())
	limit := func(most string) {
		must(t, raw.Do(bg, raw.B().ConfigSet().ParameterValue().ParameterValue("maxmemory", most).Build()).Error())
	}
	limit("1")
	_, err = s.Batch(bg, adds(kept, 100))
	says(t, err, nil, "no memory left", "nothing was written", server.address())
	says(t, s.Add(bg, task("a")), nil, "no memory left")
	r := task(id(0))
	r.Rev, r.Due = 1, noon.Add(time.Hour)
	says(t, s.Update(bg, r), nil, "no memory left")
	_, err = s.Claim(bg, store.DueQuery{At: noon, Limit: 10}, noon.Add(time.Hour))
	says(t, err, nil, "no memory left")
	good, bad := listed(t, s)
	if len(good) != kept || len(bad) != 0 {
		t.Errorf("%d records are kept and %d damaged, want %d and 0", len(good), len(bad), kept)
	}
	if r, err := s.Get(bg, id(0)); err != nil || r.Rev != 1 {
		t.Errorf("after the refused writes a record is %v, %v", r, err)
	}
	var removals []store.Write
	for i := range kept / 2 {
		removals = append(removals, store.Write{Op: store.OpDelete, Record: store.Record{ID: id(i), Rev: 1}})
	}
	batch(t, s, removals)
	expect(t, s, good[kept/2:])
	limit("0")
	must(t, s.Update(bg, store.Record{ID: id(kept - 1), Rev: 1, Due: noon}))
}

func TestReplicaIsReadAndNotWritten(t *testing.T) {
	t.Parallel()
	master := newServer(t)
	m, err := redisstore.Open(bg, master.url())
	must(t, err)
	defer m.Close()
	add(t, m, task("a"))
	replica := newServer(t)
	replica.stop()
	replica.args = append(replica.args, "--replicaof", "127.0.0.1 "+master.port, "--repl-diskless-sync-delay", "0")
	replica.run("Finished with success")
	s, err := redisstore.Open(bg, replica.url())
	must(t, err)
	defer s.Close()
	expect(t, s, []string{"a"})
	says(t, s.Add(bg, task("b")), nil, "is a replica", "nothing was written", replica.address())
	told, err := s.Check(bg)
	must(t, err)
	if !contains(strings.Join(told, "\n"), "it is a replica") {
		t.Errorf("Check says %q", told)
	}
}

// Behind a name that leads to the master, the connections to the server that was
// it may stay: it closes none when it becomes a replica.
func TestFailOverBehindANameIsFollowed(t *testing.T) {
	t.Parallel()
	old := newServer(t)
	next := newServer(t)
	next.stop()
	next.args = append(next.args, "--replicaof", "127.0.0.1 "+old.port, "--repl-diskless-sync-delay", "0")
	next.run("Finished with success")
	name := newProxy(t, old.address())
	s, err := redisstore.Open(bg, "redis://"+name.address())
	must(t, err)
	defer s.Close()
	add(t, s, task("before"))
	a, b := newClient(t, old.url()), newClient(t, next.url())
	must(t, a.Do(bg, a.B().Wait().Numreplicas(1).Timeout(10_000).Build()).Error())
	must(t, b.Do(bg, b.B().Arbitrary("REPLICAOF", "NO", "ONE").Build()).Error())
	must(t, a.Do(bg, a.B().Arbitrary("REPLICAOF", "127.0.0.1", next.port).Build()).Error())

	// While the name leads to the old one: a connection may be made anew at any time.
	says(t, s.Add(bg, task("after")), nil, "is a replica", "nothing was written")
	name.to.Store(next.address())
	for tries := 0; ; tries++ {
		err := s.Add(bg, task("after"))
		if err == nil {
			break
		}
		says(t, err, nil)
		if tries == 10_000 {
			t.Fatalf("the store has not followed: %v", err)
		}
	}
	direct, err := redisstore.Open(bg, next.url())
	must(t, err)
	defer direct.Close()
	expect(t, direct, []string{"after", "before"})
}

func TestUnixSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "redis.sock")
	server := newServer(t, "--unixsocket", path)
	for name, open := range map[string]func() (store.Store, error){
		"URL": func() (store.Store, error) { return openURL("redis+unix://" + path + "?database=1") },
		"option": func() (store.Store, error) {
			return redisstore.Open(bg, "", redisstore.WithSocket(path), redisstore.WithDatabase(1))
		},
		"map": func() (store.Store, error) {
			return store.Open(bg, map[string]any{"type": "redis", "socket": path, "database": 1})
		},
	} {
		s, err := open()
		if err != nil {
			t.Fatalf("by %s: %v", name, err)
		}
		add(t, s, task("by "+name))
		must(t, s.Close())
	}
	raw := newClient(t, "redis://"+server.address()+"/1")
	if n, _ := raw.Do(bg, raw.B().Hlen().Key("asyncz.tasks").Build()).AsInt64(); n != 3 {
		t.Errorf("database 1 has %d tasks, want 3", n)
	}
}

func TestServerThatReadsItsDataIsUnreachableForNow(t *testing.T) {
	t.Parallel()
	server := newServer(t, "--rdbcompression", "no")
	s, err := redisstore.Open(bg, server.url(), redisstore.WithPoolSize(1))
	must(t, err)
	defer s.Close()
	raw := newClient(t, server.url())
	for i := range 1000 {
		must(t, raw.Do(bg, raw.B().Set().Key(fmt.Sprint("filler", i)).Value(strings.Repeat("x", 4000)).Build()).Error())
	}
	must(t, raw.Do(bg, raw.B().Save().Build()).Error())
	server.stop()
	server.args = append(server.args, "--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024")
	server.run("Loading RDB produced by")
	_, err = redisstore.Open(bg, server.url())
	says(t, err, store.ErrUnreachable, server.address(), "reading its data")
	_, err = s.Get(bg, "a")
	says(t, err, store.ErrUnreachable, server.address(), "reading its data")
}
