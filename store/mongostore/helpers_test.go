package mongostore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-asyncz/asyncz/internal/testserver"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/mongostore"
)

var bg = context.Background()

// noon is where the records of the tests are due.
var noon = time.Date(2031, 3, 5, 12, 0, 0, 0, time.UTC)

// patient is for a server that has much to do, which is no reason to fail.
var patient = mongostore.WithConnectTimeout(time.Minute)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// says reports an error that lacks one of the words.
func says(tb testing.TB, err error, words ...string) {
	tb.Helper()
	if err == nil {
		tb.Errorf("there is no error; it should say %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			tb.Errorf("the error %q does not say %q", err, w)
		}
	}
}

// A place is a collection of a test's own.
type place struct {
	url        string // of the server, with the database
	database   string
	collection string
	client     *mongo.Client // to look behind the store's back
}

// newPlace makes up a collection, which is removed after the test.
func newPlace(tb testing.TB) place {
	tb.Helper()
	url := testserver.URL(tb, "mongodb")
	p := place{database: testDatabase, collection: fmt.Sprintf("t%016x", rand.Uint64()), client: dial(tb, url)}
	base, query, _ := strings.Cut(url, "?")
	scheme, rest, _ := strings.Cut(base, "://")
	host, _, _ := strings.Cut(rest, "/")
	p.url = scheme + "://" + host + "/" + p.database
	if query != "" {
		p.url += "?" + query
	}
	tb.Cleanup(func() {
		db := p.client.Database(p.database)
		for _, suffix := range []string{"", "_runs", "_nodes"} {
			must(tb, db.Collection(p.collection+suffix).Drop(bg))
		}
		_, err := db.Collection("asyncz_meta").DeleteOne(bg, bson.D{{Key: "_id", Value: p.collection}})
		must(tb, err)
	})
	return p
}

func dial(tb testing.TB, url string) *mongo.Client {
	tb.Helper()
	c, err := mongo.Connect(options.Client().ApplyURI(url))
	must(tb, err)
	tb.Cleanup(func() { must(tb, c.Disconnect(bg)) })
	return c
}

// open opens a handle on the place that is closed with the test.
func (p place) open(tb testing.TB, opts ...mongostore.Option) all {
	tb.Helper()
	s, err := mongostore.Open(bg, p.url, append([]mongostore.Option{mongostore.WithCollection(p.collection), patient}, opts...)...)
	must(tb, err)
	tb.Cleanup(func() { must(tb, s.Close()) })
	return s.(all)
}

// behind opens a handle through a front, which is made before.
func (p place) behind(tb testing.TB, f *front, query string) all {
	tb.Helper()
	return place{url: p.through(f) + query, collection: p.collection}.open(tb)
}

// through is the URL of the place through a front.
func (p place) through(f *front) string {
	return "mongodb://" + f.addr() + "/" + p.database
}

// front makes a front before the server.
func (p place) front(tb testing.TB) *front {
	tb.Helper()
	rest := strings.TrimPrefix(p.url, "mongodb://")
	host, _, _ := strings.Cut(rest[strings.LastIndex(rest, "@")+1:], "/")
	return newFront(tb, host)
}

// get returns a record as the server has it.
func get(tb testing.TB, s store.Store, id string) store.Record {
	tb.Helper()
	r, err := s.Get(bg, id)
	must(tb, err)
	return r
}

// is reports an error that is not of the kind.
func is(tb testing.TB, err, kind error, step string) {
	tb.Helper()
	if !errors.Is(err, kind) {
		tb.Errorf("%s: got error %v, want one that is %q", step, err, kind)
	}
}

// all is what every store of the package can do.
type all interface {
	store.Store
	store.Claimer
	store.Batcher
	store.Clock
	store.RunLog
	store.Members
	store.Checker
	store.Namespaced
}

// tasks is the collection itself.
func (p place) tasks() *mongo.Collection {
	return p.client.Database(p.database).Collection(p.collection)
}

func rec(id string) store.Record {
	return store.Record{ID: id, Due: noon, Executor: "default", Data: []byte("data of " + id)}
}
