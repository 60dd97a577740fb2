package mongostore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/go-asyncz/asyncz/store"
)

// Open opens the collection that a URL of MongoDB names, and makes it, with its
// indexes, when there is none. An empty URL means the server that the options
// describe; the options come after what the URL says.
//
// The store has the optional interfaces that [Store] has, and is a
// [store.Watcher] too where the server has change streams.
//
// Errors wrap [store.ErrUnreachable] where trying again later may help, and
// [store.ErrConfig] where another configuration would.
func Open(ctx context.Context, uri string, opts ...Option) (store.Store, error) {
	if uri != "" {
		parts, err := configFromURL(uri)
		if err != nil {
			return nil, err
		}
		var c config
		if err := store.Decode(parts, &c); err != nil {
			return nil, err
		}
		uri = c.URI
		delete(parts, "uri")
		opts = append(c.options(parts), opts...)
	}
	s := newSettings(opts)
	if err := s.check(); err != nil {
		return nil, err
	}
	if uri != "" {
		if err := s.refuseServer("the URI"); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	client, where, err := connect(uri, &s)
	if err != nil {
		return nil, err
	}
	opened, err := start(ctx, client, where, true, &s)
	if err != nil {
		return nil, errors.Join(err, disconnect(client))
	}
	return opened, nil
}

// New opens a collection through a client that the caller has made, and does
// not disconnect it. Whatever concerns and preferences the client has, the
// store reads from the primary and writes to a majority.
func New(ctx context.Context, client *mongo.Client, opts ...Option) (store.Store, error) {
	s := newSettings(opts)
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := s.refuseServer("a client"); err != nil {
		return nil, err
	}
	if client == nil {
		return nil, fmt.Errorf("%w: the client is nil", store.ErrConfig)
	}
	return start(ctx, client, "MongoDB", false, &s)
}

// start asks the server what it is, prepares the collections, and makes the store.
func start(ctx context.Context, client *mongo.Client, where string, owned bool, set *settings) (store.Store, error) {
	db := client.Database(set.database, databaseOptions())
	life, end := context.WithCancel(context.Background())
	s := &Store{
		client: client, owned: owned, where: where, db: db,
		tasks:  db.Collection(set.collection),
		runs:   db.Collection(set.collection + "_runs"),
		nodes:  db.Collection(set.collection + "_nodes"),
		handle: rand.Uint32(), life: life, end: end,
	}
	brief, cancel := context.WithTimeout(ctx, set.wait)
	defer cancel()
	h, err := sayHello(brief, client)
	if err != nil && brief.Err() != nil && ctx.Err() == nil {
		err = &explained{fmt.Errorf("%w: %s hasn't answered within %v; is it running, and are host and port right?",
			store.ErrUnreachable, where, set.wait), err}
	}
	if err == nil {
		err = s.prepare(ctx)
	}
	if err == nil {
		var b build
		b, err = sayBuild(ctx, client)
		s.ferret = b.Ferret != nil
	}
	if err != nil {
		end()
		return nil, s.explain(ctx, err)
	}
	if h.streams() {
		return watched{s}, nil
	}
	return s, nil
}

// databaseOptions make what is acknowledged durable, on a single server too,
// and keep what a caller's client may have set out of the documents.
func databaseOptions() options.Lister[options.DatabaseOptions] {
	journal := true
	return options.Database().
		SetWriteConcern(&writeconcern.WriteConcern{W: writeconcern.WCMajority, Journal: &journal}).
		SetReadConcern(readconcern.Majority()).
		SetReadPreference(readpref.Primary()).
		SetBSONOptions(&options.BSONOptions{}).
		SetRegistry(bson.NewRegistry())
}

// disconnect closes the client's connections. None is in use, so that it takes
// as long as a message to each server.
func disconnect(client *mongo.Client) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return client.Disconnect(ctx)
}
