package mongostore

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Check tells what in the server's set-up puts tasks at risk.
func (s *Store) Check(ctx context.Context) ([]string, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	h, err := sayHello(ctx, s.client)
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	b, err := sayBuild(ctx, s.client)
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	found := deployment(h, b)
	for collection, wanted := range s.indexes() {
		missing, err := missingIndexes(ctx, collection, wanted)
		if err != nil {
			return nil, s.explain(ctx, err)
		}
		if len(missing) > 0 {
			found = append(found, fmt.Sprintf("the collection %s.%s lacks the index %s, so that the server reads all documents again and again; start a scheduler anew, which makes it",
				s.db.Name(), collection.Name(), missing[0]))
		}
	}
	if h.sharded() {
		found = append(found, s.checkShardKey(ctx)...)
	}
	return found, nil
}

// deployment tells of the kind of server.
func deployment(h hello, b build) []string {
	switch {
	case b.FerretV2 != nil:
		return []string{fmt.Sprintf("the server is FerretDB (version %s), not MongoDB, and nobody has tried whether its conditional writes are atomic; if they aren't, two nodes may run the same task", b.FerretV2.Version)}
	case b.Ferret != nil:
		return []string{fmt.Sprintf("the server is FerretDB (version %s), not MongoDB: its conditional writes are not atomic, so that two nodes which write at the same moment may run the same task; use MongoDB, or let one node alone use the store", *b.Ferret)}
	case !h.streams():
		return []string{"the server stands alone: when its disk is lost, so are the tasks; a write whose reply is lost can't be repeated; and nodes hear of each other's tasks only when they poll. Make it a replica set (mongod --replSet rs0, then rs.initiate()), of three members if tasks must outlive one of them"}
	case h.SetName != "" && len(h.Hosts) == 1:
		return []string{fmt.Sprintf("the replica set %s has one member: when its disk is lost, so are the tasks; add two members", h.SetName)}
	}
	return nil
}

// checkShardKey tells when the collection is sharded by something else than the
// id. Then each shard has ids of its own, and two tasks may have the same one.
func (s *Store) checkShardKey(ctx context.Context) []string {
	name := s.db.Name() + "." + s.tasks.Name()
	raw, err := s.client.Database("config", databaseOptions()).Collection("collections").FindOne(ctx, bson.D{{Key: "_id", Value: name}}).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil // it is on one shard
	}
	if err != nil {
		return []string{fmt.Sprintf("it isn't known by what the collection %s is sharded (%v); if it is, its shard key must be {_id: 1} or {_id: \"hashed\"}", name, s.explain(ctx, err))}
	}
	key, _ := raw.Lookup("key").DocumentOK()
	return shardKey(name, key)
}

func shardKey(name string, key bson.Raw) []string {
	elements, err := key.Elements()
	if err != nil || len(elements) == 0 || len(elements) == 1 && elements[0].Key() == "_id" {
		return nil
	}
	return []string{fmt.Sprintf("the collection %s is sharded by %s, so that two tasks may have the same id; shard it by {_id: 1} or {_id: \"hashed\"}", name, key)}
}
