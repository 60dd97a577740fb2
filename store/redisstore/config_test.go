package redisstore_test

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/internal/testserver"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/redisstore"
)

// Each parameter of the specification, in each of the three ways to give it. That
// it has an effect is seen behind the store's back.
func TestEachParameterInEachWay(t *testing.T) {
	t.Parallel()
	p := single(t)
	u, err := url.Parse(p.url)
	must(t, err)
	host, port := u.Hostname(), u.Port()
	n, err := strconv.Atoi(port)
	must(t, err)
	other := newPlace(t, fmt.Sprintf("redis://%s/3", u.Host)) // the same server's database 3
	query := func(p place) string {
		return "tasks_key=" + url.QueryEscape(p.tasks) + "&run_times_key=" + url.QueryEscape(p.times)
	}
	for name, c := range map[string]struct {
		at   place
		open func() (store.Store, error)
	}{
		"host and port by options": {p, func() (store.Store, error) {
			return redisstore.Open(bg, "", append(p.keys(), redisstore.WithHost(host), redisstore.WithPort(n))...)
		}},
		"host and port by a map": {p, func() (store.Store, error) {
			return store.Open(bg, map[string]any{"type": "redis", "host": host, "port": n, "tasks_key": p.tasks, "run_times_key": p.times})
		}},
		"host and port by a map of text": {p, func() (store.Store, error) {
			return store.Open(bg, map[string]any{"type": "redis", "host": host, "port": port, "database": "0", "tasks_key": p.tasks, "run_times_key": p.times})
		}},
		"host and port by a URL": {p, func() (store.Store, error) { return openURL("redis://" + u.Host + "?" + query(p)) }},
		"database by an option": {other, func() (store.Store, error) {
			return redisstore.Open(bg, "redis://"+u.Host, append(other.keys(), redisstore.WithDatabase(3))...)
		}},
		"database by a map": {other, func() (store.Store, error) {
			return store.Open(bg, map[string]any{"type": "redis", "database": 3, "host": host, "port": n, "tasks_key": other.tasks, "run_times_key": other.times})
		}},
		"database by the path of a URL":  {other, func() (store.Store, error) { return openURL("redis://" + u.Host + "/3?" + query(other)) }},
		"database by the query of a URL": {other, func() (store.Store, error) { return openURL("redis://" + u.Host + "?database=3&" + query(other)) }},
		"url in a map": {other, func() (store.Store, error) {
			return store.Open(bg, map[string]any{"type": "redis", "url": "redis://" + u.Host + "/3", "tasks_key": other.tasks, "run_times_key": other.times})
		}},
		"time limits and connections": {p, func() (store.Store, error) {
			return openURL("redis://" + u.Host + "?pool_size=1&timeout=2.5&dial_timeout=1500ms&" + query(p))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := c.open()
			must(t, err)
			defer s.Close()
			add(t, s, task("a"))
			if n, _ := c.at.do(t, "HLEN", c.at.tasks).AsInt64(); n != 1 {
				t.Errorf("the hash %s has %d fields, want 1", c.at.tasks, n)
			}
			if n, _ := c.at.do(t, "ZCARD", c.at.times).AsInt64(); n != 1 {
				t.Errorf("the sorted set %s has %d entries, want 1", c.at.times, n)
			}
			if got, want := s.(store.Namespaced).Namespace(), "redis/"+c.at.tasks; got != want {
				t.Errorf("the namespace is %q, want %q", got, want)
			}
			must(t, s.Clear(bg))
		})
	}
}

func openURL(url string) (store.Store, error) {
	config, err := store.ConfigFromURL(url)
	if err != nil {
		return nil, err
	}
	return store.Open(bg, config)
}

// The defaults are the specification's, told by what the errors and the URLs name.
func TestDefaults(t *testing.T) {
	t.Parallel()
	p := newServer(t)
	s, err := redisstore.Open(bg, "redis://"+p.address())
	must(t, err)
	defer s.Close()
	add(t, s, task("a"))
	raw := newClient(t, p.url())
	found, err := raw.Do(bg, raw.B().Keys().Pattern("*").Build()).AsStrSlice()
	must(t, err)
	if len(found) != 2 || !strings.Contains(strings.Join(found, " "), "asyncz.tasks") || !strings.Contains(strings.Join(found, " "), "asyncz.run_times") {
		t.Errorf("the keys in database 0 are %q, want asyncz.tasks and asyncz.run_times", found)
	}
	ended, cancel := context.WithCancel(bg)
	cancel()
	_, err = redisstore.Open(ended, "")
	says(t, err, context.Canceled)
}

func TestBadConfigurationIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config map[string]any
		says   []string
	}{
		"unknown key":       {map[string]any{"hosts": "x"}, []string{`"hosts"`, "known keys are cluster, database"}},
		"port of text":      {map[string]any{"port": "six"}, []string{`"port"`, "six"}},
		"port too high":     {map[string]any{"port": 70000}, []string{"port is 70000", "65535"}},
		"database negative": {map[string]any{"database": -1}, []string{"database is -1"}},
		"keys equal":        {map[string]any{"tasks_key": "x", "run_times_key": "x"}, []string{"run_times_key", `"x"`}},
		"key of the runs":   {map[string]any{"tasks_key": "x", "run_times_key": "x:history"}, []string{"run_times_key"}},
		"key of the audit":  {map[string]any{"tasks_key": "x", "run_times_key": "x:history:audit"}, []string{"run_times_key"}},
		"key empty":         {map[string]any{"tasks_key": ""}, []string{"tasks_key is empty"}},
		"two places":        {map[string]any{"host": "x", "cluster": "a:1,b:2"}, []string{"host and cluster", "give one"}},
		"cluster, database": {map[string]any{"database": 2, "cluster": []any{"a:1"}}, []string{"database is 2", "cluster"}},
		"address portless":  {map[string]any{"cluster": "a"}, []string{`"a"`, "host:port"}},
		"no master":         {map[string]any{"sentinel": "a:1"}, []string{"master_name is missing"}},
		"no sentinel":       {map[string]any{"master_name": "m"}, []string{"sentinel is missing", `"m"`}},
		"timeout zero":      {map[string]any{"timeout": 0}, []string{"timeout is"}},
		"timeout of text":   {map[string]any{"timeout": "soon"}, []string{"timeout", "soon"}},
		"pool of three":     {map[string]any{"pool_size": 3}, []string{"pool_size is 3"}},
		"no CA":             {map[string]any{"tls_ca": "/nowhere/ca.pem"}, []string{"tls_ca", "/nowhere/ca.pem"}},
		"cert without key":  {map[string]any{"tls_cert": "/nowhere/cert.pem"}, []string{"tls_cert and tls_key"}},
		"twice":             {map[string]any{"url": "redis://h/1", "database": 2}, []string{"database is set twice"}},
	} {
		c.config["type"] = "redis"
		_, err := store.Open(bg, c.config)
		says(t, err, store.ErrConfig, c.says...)
		if t.Failed() {
			t.Fatalf("by the configuration called %s", name)
		}
	}
}

func TestBadURLIsRefusedWithoutShowingItsPassword(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ url, says string }{
		{"redis://u:geheim@h:6379/zero", `the database "zero"`},
		{"redis://u:geheim@h:99999/0", "port is 99999"},
		{"redis://u:geheim@h:x/0", "can't be read"},
		{"redis://u:ge%heim@h/0", "can't be read"},
		{"redis://u:geheim@h/0?nonsense=1", `"nonsense"`},
		{"redis://u:geheim@h/0?db=1", "database is set twice"},
		{"redis://u:geheim@h/0?timeout=1&timeout=2", "timeout is set twice"},
		{"redis://u:geheim@h/0?url=x", "url can't be a parameter"},
		{"redis://u:geheim@h/0#geheim", "write redis://"},
		{"redis:h:6379", "write redis://"},
		{"redis+unix://run/redis.sock", "three slashes"},
		{"redis+http://h", "unknown scheme"},
	} {
		_, err := openURL(c.url)
		says(t, err, store.ErrConfig, c.says)
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("the error for %s shows the password: %v", c.url, err)
		}
	}
}

func TestClientOfTheProgramIsUsedAndLeftOpen(t *testing.T) {
	t.Parallel()
	p := single(t)
	s, err := redisstore.New(bg, p.raw, p.keys()...)
	must(t, err)
	add(t, s, task("a"))
	must(t, s.Close())
	if n, err := p.raw.Do(bg, p.raw.B().Hlen().Key(p.tasks).Build()).AsInt64(); err != nil || n != 1 {
		t.Errorf("after Close of the store the client's HLEN is %d, %v", n, err)
	}
	_, err = redisstore.New(bg, p.raw, redisstore.WithDatabase(1))
	says(t, err, store.ErrConfig, "database", "belongs to the program")
}

func TestClusterIsFoundByOneNodeAndByAll(t *testing.T) {
	t.Parallel()
	p := newPlace(t, clusterURL(t))
	u, err := url.Parse(p.url)
	must(t, err)
	nodes := u.Query().Get("cluster")
	for name, open := range map[string]func() (store.Store, error){
		"one node": func() (store.Store, error) { return redisstore.Open(bg, "redis://"+u.Host, p.keys()...) },
		"options": func() (store.Store, error) {
			return redisstore.Open(bg, "", append(p.keys(), redisstore.WithCluster(strings.Split(nodes, ",")...))...)
		},
		"map": func() (store.Store, error) {
			return store.Open(bg, map[string]any{"type": "redis", "cluster": strings.Split(nodes, ","), "tasks_key": p.tasks, "run_times_key": p.times})
		},
		"URL": func() (store.Store, error) { return redisstore.Open(bg, "redis://?cluster="+nodes, p.keys()...) },
	} {
		s, err := open()
		if err != nil {
			t.Fatalf("by %s: %v", name, err)
		}
		add(t, s, task("by "+name))
		must(t, s.Close())
	}
	if n, _ := p.do(t, "HLEN", p.tasks).AsInt64(); n != 4 {
		t.Errorf("the hash has %d fields, want 4", n)
	}
}

func clusterURL(tb testing.TB) string { return testserver.URL(tb, "redis_cluster") }

func TestClusterWantsOneHashTag(t *testing.T) {
	t.Parallel()
	for _, keys := range [][2]string{
		{"asyncz.tasks", "asyncz.run_times"}, {"{a}.tasks", "{b}.run_times"}, {"{}.tasks", "{}.run_times"}, {"{a.tasks", "{a.run_times"},
	} {
		_, err := redisstore.Open(bg, clusterURL(t), redisstore.WithTasksKey(keys[0]), redisstore.WithRunTimesKey(keys[1]))
		says(t, err, store.ErrConfig, keys[0], keys[1], "tasks_key {asyncz}.tasks and run_times_key {asyncz}.run_times")
	}
}

func TestClusterHasOneDatabase(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(clusterURL(t))
	must(t, err)
	_, err = redisstore.Open(bg, "redis://"+u.Host+"/2", redisstore.WithTasksKey("{a}.tasks"), redisstore.WithRunTimesKey("{a}.times"))
	says(t, err, nil, "database 0 alone")
}
