package mongostore

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-asyncz/asyncz/store"
)

// ErrUncertain is the outcome of a write that others have covered up.
var ErrUncertain = errUncertain

// Wakes tells whether a change stream's event wakes the watcher of a handle.
func Wakes(s store.Store, event bson.Raw) bool { return unwatched(s).wakes(event) }

// Marks returns the marks of a write and of a claim of a handle.
func Marks(s store.Store) (write, claim int64) {
	return int64(unwatched(s).newMark()), int64(unwatched(s).newMark().claim())
}

func unwatched(s store.Store) *Store {
	if w, ok := s.(watched); ok {
		return w.Store
	}
	return s.(*Store)
}

// Deployment is what doctor is told of a server, by what it says of itself.
func Deployment(helloReply, buildReply bson.D) []string {
	var h hello
	var b build
	for _, pair := range []struct {
		from bson.D
		into any
	}{{helloReply, &h}, {buildReply, &b}} {
		raw, err := bson.Marshal(pair.from)
		if err != nil {
			panic(err)
		}
		if err := bson.Unmarshal(raw, pair.into); err != nil {
			panic(err)
		}
	}
	return deployment(h, b)
}

// ShardKey is what doctor is told of a shard key.
var ShardKey = shardKey
