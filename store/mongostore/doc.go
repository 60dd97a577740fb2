// Package mongostore keeps tasks in a collection of MongoDB.
//
// [Open] opens it by the URL that MongoDB's drivers take, with the collection
// among the parameters:
//
//	mongodb://user:password@h1,h2/asyncz?replicaSet=rs0&collection=tasks
//	mongodb+srv://user:password@cluster.example.com/asyncz
//
// [New] uses a *mongo.Client that the program has already, and leaves it open.
// The package registers the aliases "mongo" and "mongodb" with package store.
//
// The same in configuration:
//
//	type: mongo
//	database: asyncz
//	collection: tasks
//	host: localhost
//	port: 27017
//	username: …          # with password, authSource (default admin), tls, replicaSet
//	connect_timeout: 5   # seconds to wait for the server at the start
//	uri: mongodb://…     # instead of host, port and what belongs to them
//	client: …            # instead of all of that, a *mongo.Client, in Go code
//
// One document is one task: its _id is the task's id, so that a sharded
// collection has _id as its shard key, and each write names the _id. Each write
// is atomic by itself, needs no transaction, and is acknowledged when a majority
// of the replica set has it in its journal. The run history is in a collection
// of the same name with _runs at the end, the nodes are in one with _nodes, and
// asyncz_meta in the same database says which collections are a store's.
//
// Nodes hear at once of what others add where the server has change streams,
// which a replica set and a sharded cluster do and a single server does not.
package mongostore

import "github.com/go-asyncz/asyncz/store"

func init() {
	store.Register(store.Driver{Open: openConfig, FromURL: configFromURL}, "mongo", "mongodb")
}

var (
	_ store.Store      = (*Store)(nil)
	_ store.Claimer    = (*Store)(nil)
	_ store.Batcher    = (*Store)(nil)
	_ store.Clock      = (*Store)(nil)
	_ store.RunLog     = (*Store)(nil)
	_ store.Members    = (*Store)(nil)
	_ store.Checker    = (*Store)(nil)
	_ store.Namespaced = (*Store)(nil)
	_ store.Watcher    = watched{}
)
