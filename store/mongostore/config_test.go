package mongostore_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/mongostore"
)

// opened adds a record through a store, whose collection must then have it.
func (p place) opened(t *testing.T, s store.Store, err error) {
	t.Helper()
	must(t, err)
	defer s.Close()
	must(t, s.Add(bg, rec("a")))
	if n, err := p.tasks().CountDocuments(bg, bson.D{}); err != nil || n != 1 {
		t.Errorf("the collection %s.%s has %d documents (%v), want the one of the store", p.database, p.collection, n, err)
	}
	must(t, s.Delete(bg, "a", 1))
}

// byURL opens a store by a store URL, as the command line does.
func byURL(text string) (store.Store, error) {
	config, err := store.ConfigFromURL(text)
	if err != nil {
		return nil, err
	}
	if config["connect_timeout"] == nil {
		config["connect_timeout"] = 60 // patient
	}
	return store.Open(bg, config)
}

func (p place) hostAndPort(t testing.TB) (host string, port int) {
	t.Helper()
	u, err := url.Parse(p.url)
	must(t, err)
	host, text, err := net.SplitHostPort(u.Host)
	must(t, err)
	port, err = strconv.Atoi(text)
	must(t, err)
	return host, port
}

// Each parameter, by options of Go, by keys of a configuration and by URL.

func TestDatabaseAndCollection(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	base := strings.TrimSuffix(p.url, "/"+p.database)
	s, err := mongostore.Open(bg, base, mongostore.WithDatabase(p.database), mongostore.WithCollection(p.collection), patient)
	p.opened(t, s, err)
	for _, alias := range []string{"mongo", "mongodb"} {
		s, err = store.Open(bg, map[string]any{"type": alias, "uri": base, "database": p.database, "collection": p.collection, "connect_timeout": 60})
		p.opened(t, s, err)
		rest := strings.TrimPrefix(base, "mongodb")
		s, err = byURL(alias + rest + "/" + p.database + "?collection=" + p.collection)
		p.opened(t, s, err)
		s, err = byURL(alias + rest + "/?collection=" + p.collection + "&database=" + p.database)
		p.opened(t, s, err)
	}
	// the database of the path may be that of the user alone
	s, err = store.Open(bg, map[string]any{"type": "mongo", "uri": base + "/admin", "database": p.database, "collection": p.collection, "connect_timeout": 60})
	p.opened(t, s, err)
	s, err = store.Open(bg, map[string]any{"type": "mongo", "uri": p.url + "?collection=" + p.collection, "connect_timeout": 60})
	p.opened(t, s, err)
}

func TestHostAndPort(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	host, port := p.hostAndPort(t)
	s, err := mongostore.Open(bg, "", patient, mongostore.WithHost(host), mongostore.WithPort(port),
		mongostore.WithDatabase(p.database), mongostore.WithCollection(p.collection))
	p.opened(t, s, err)
	s, err = store.Open(bg, map[string]any{"type": "mongo", "host": host, "port": strconv.Itoa(port), "database": p.database, "collection": p.collection, "connect_timeout": 60})
	p.opened(t, s, err)
	s, err = byURL("mongo://" + net.JoinHostPort(host, strconv.Itoa(port)) + "/" + p.database + "?collection=" + p.collection)
	p.opened(t, s, err)
}

func TestDefaultsAreThoseOfTheSpecification(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(bg, time.Minute)
	defer cancel()
	s, err := store.Open(ctx, map[string]any{"type": "mongo", "connect_timeout": "300ms"})
	if err == nil { // there is a MongoDB on this host
		defer s.Close()
		if name := s.(store.Namespaced).Namespace(); name != "mongo/asyncz/tasks" {
			t.Errorf("the namespace is %q", name)
		}
		return
	}
	is(t, err, store.ErrUnreachable, "Open")
	says(t, err, "localhost:27017", "300ms")
}

func TestClientIsUsedAndLeftOpen(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	client := dial(t, p.url)
	s, err := mongostore.New(bg, client, mongostore.WithDatabase(p.database), mongostore.WithCollection(p.collection), patient)
	p.opened(t, s, err)
	s, err = store.Open(bg, map[string]any{"type": "mongo", "client": client, "database": p.database, "collection": p.collection, "connect_timeout": 60})
	p.opened(t, s, err)
	must(t, client.Ping(bg, nil))

	for key, value := range map[string]any{"host": "h", "port": 1, "username": "u", "tls": true, "uri": "mongodb://h", "replicaSet": "rs0"} {
		_, err := store.Open(bg, map[string]any{"type": "mongo", "client": client, key: value})
		is(t, err, store.ErrConfig, "client beside "+key)
		says(t, err, key, "client")
	}
	_, err = store.Open(bg, map[string]any{"type": "mongo", "client": "mongodb://h"})
	says(t, err, "client is of the type string", "*mongo.Client")
	_, err = mongostore.New(bg, nil)
	is(t, err, store.ErrConfig, "New without a client")
}

// sent opens a store through a front and returns the first command of that name.
func sent(t *testing.T, command string, open func(addr string) (store.Store, error)) bson.Raw {
	t.Helper()
	p := newPlace(t)
	f := p.front(t)
	got := make(chan bson.Raw, 100)
	f.on(func(name string, body bson.Raw) action {
		if strings.EqualFold(name, command) {
			select {
			case got <- body:
			default:
			}
		}
		return pass
	})
	if s, err := open(f.addr()); err == nil {
		s.Close()
	}
	select {
	case body := <-got:
		return body
	default:
		t.Fatalf("no %s was sent", command)
		return nil
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(addr string) (store.Store, error){
		"options": func(addr string) (store.Store, error) {
			host, port := split(t, addr)
			return mongostore.Open(bg, "", patient, mongostore.WithHost(host), mongostore.WithPort(port),
				mongostore.WithCredentials("sam", "geheim"), mongostore.WithAuthSource("users"))
		},
		"configuration": func(addr string) (store.Store, error) {
			host, port := split(t, addr)
			return store.Open(bg, map[string]any{"type": "mongo", "host": host, "port": port, "username": "sam", "password": "geheim", "authSource": "users", "connect_timeout": 60})
		},
		"URL": func(addr string) (store.Store, error) {
			return byURL("mongodb://sam:geheim@" + addr + "/x?authSource=users")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := sent(t, "saslStart", open)
			if db, _ := body.Lookup("$db").StringValueOK(); db != "users" {
				t.Errorf("the user is looked up in %q", db)
			}
			if _, payload, _ := body.Lookup("payload").BinaryOK(); !strings.Contains(string(payload), "n=sam,") {
				t.Errorf("the user is %q", payload)
			}
		})
	}
}

func split(t *testing.T, addr string) (string, int) {
	t.Helper()
	return place{url: "mongodb://" + addr + "/"}.hostAndPort(t)
}

func TestReplicaSetIsAskedFor(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(host string, port int) (store.Store, error){
		"options": func(host string, port int) (store.Store, error) {
			return mongostore.Open(bg, "", mongostore.WithHost(host), mongostore.WithPort(port),
				mongostore.WithReplicaSet("other"), mongostore.WithConnectTimeout(300*time.Millisecond))
		},
		"configuration": func(host string, port int) (store.Store, error) {
			return store.Open(bg, map[string]any{"type": "mongo", "host": host, "port": port, "replicaSet": "other", "connect_timeout": 0.3})
		},
		"URL": func(host string, port int) (store.Store, error) {
			return byURL("mongodb://" + net.JoinHostPort(host, strconv.Itoa(port)) + "/?replicaSet=other&connect_timeout=0.3")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			f := p.front(t)
			f.asReplicaSet()
			_, err := open(split(t, f.addr()))
			is(t, err, store.ErrUnreachable, "Open of a replica set of another name")
		})
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(host string, port int) (store.Store, error){
		"options": func(host string, port int) (store.Store, error) {
			return mongostore.Open(bg, "", mongostore.WithHost(host), mongostore.WithPort(port), mongostore.WithTLS(&tls.Config{MinVersion: tls.VersionTLS12}),
				mongostore.WithConnectTimeout(300*time.Millisecond))
		},
		"configuration": func(host string, port int) (store.Store, error) {
			return store.Open(bg, map[string]any{"type": "mongo", "host": host, "port": port, "tls": true, "connect_timeout": 0.3})
		},
		"URL": func(host string, port int) (store.Store, error) {
			return byURL("mongodb://" + net.JoinHostPort(host, strconv.Itoa(port)) + "/?tls=true&connect_timeout=0.3")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			must(t, err)
			defer l.Close()
			first := make(chan byte, 1)
			go func() {
				for b := make([]byte, 1); ; {
					c, err := l.Accept()
					if err != nil {
						return
					}
					n, _ := c.Read(b)
					c.Close()
					if n > 0 {
						first <- b[0]
						return
					}
				}
			}()
			for { // on a slow machine the store may give up before it has sent anything
				_, err = open(split(t, l.Addr().String()))
				is(t, err, store.ErrUnreachable, "Open")
				select {
				case b := <-first:
					const handshake = 0x16
					if b != handshake {
						t.Errorf("the connection begins with %#x, want a handshake of TLS", b)
					}
					return
				default:
				}
			}
		})
	}
}

func TestParametersOfTheDriverPassThrough(t *testing.T) {
	t.Parallel()
	body := sent(t, "isMaster", func(addr string) (store.Store, error) {
		return byURL("mongodb://" + addr + "/x?appName=billing&maxPoolSize=3&w=majority&retryWrites=true")
	})
	if name, _ := body.Lookup("client", "application", "name").StringValueOK(); name != "billing" {
		t.Errorf("the application is called %q", name)
	}
}

func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	for text, words := range map[string][]string{
		"mongodb://h/?colection=x":               {`unknown parameter "colection"`, "known are collection"},
		"mongodb://h/?w=1":                       {"w=1", "election can lose"},
		"mongodb://h/?journal=false":             {"journal=false"},
		"mongodb://h/?readPreference=secondary":  {"readPreference=secondary"},
		"mongodb://h/?readConcernLevel=local":    {"readConcernLevel=local"},
		"mongodb://h/?collection=a&collection=b": {"collection is set twice"},
		"mongodb://h/?collection=a$b":            {"no $"},
		"mongodb://h/?collection=system.x":       {"belong to MongoDB"},
		"mongodb://h/?collection=asyncz_meta":    {"which others are a store's"},
		"mongodb://h/?connect_timeout=soon":      {"connect_timeout", "soon"},
		"mongodb://h/?connect_timeout=-1":        {"connect_timeout", "more than 0"},
		"mongodb://h/a.b":                        {`database "a.b"`},
		"mongodb://h/admin":                      {"belongs to MongoDB itself"},
		"mongodb:h":                              {"mongodb://host:port/database"},
		"mongodb+x://h":                          {"mongodb://host:port/database"},
		"mongodb://sam:ge/heim@h/x":              {"%2F"},
		"mongodb://sam:geheim%zz@h/x":            {"sam:xxxxx@h"},
		"mongodb://sam:geheim@h:99999/x":         {"sam:xxxxx@h:99999"},
	} {
		_, err := byURL(text)
		is(t, err, store.ErrConfig, text)
		says(t, err, words...)
		if err != nil && strings.Contains(err.Error(), "heim") {
			t.Errorf("%s: the error shows the password: %v", text, err)
		}
	}
	for key, value := range map[string]any{"port": 0, "host": "a,b", "password": "x", "authSource": "x", "database": "", "colection": "x"} {
		_, err := store.Open(bg, map[string]any{"type": "mongo", key: value})
		is(t, err, store.ErrConfig, key)
		says(t, err, key)
	}
	_, err := store.Open(bg, map[string]any{"type": "mongo", "uri": "mongodb://h", "port": 5})
	says(t, err, "port can't be set beside the URI")
	_, err = store.Open(bg, map[string]any{"type": "mongo", "uri": "http://h"})
	is(t, err, store.ErrConfig, "a URI of something else")
}

func TestServersThatCantBeLookedUpAreUnreachable(t *testing.T) {
	t.Parallel()
	_, err := byURL("mongodb+srv://sam:geheim@cluster.invalid/x")
	is(t, err, store.ErrUnreachable, "Open")
	says(t, err, "mongodb+srv://sam:xxxxx@cluster.invalid/x")
	if err != nil && strings.Contains(err.Error(), "geheim") {
		t.Errorf("the error shows the password: %v", err)
	}
}
