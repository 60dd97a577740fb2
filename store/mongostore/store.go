package mongostore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/go-asyncz/asyncz/store"
)

// A Store keeps records in a collection. Its methods may be called from any
// number of goroutines.
type Store struct {
	client             *mongo.Client
	owned              bool
	where              string
	ferret             bool // the server is FerretDB 1
	db                 *mongo.Database
	tasks, runs, nodes *mongo.Collection

	// handle and counter make the marks of this handle's writes: see mark.
	handle  uint32
	counter atomic.Uint32

	// use is held for reading by each call and for writing by Close, which
	// so lets the calls end that have begun. life ends with Close, for Watch,
	// which does not end by itself.
	use    sync.RWMutex
	closed bool
	life   context.Context //nolint:containedctx // it is the store's own
	end    context.CancelFunc
}

// Namespace is "mongo/", the name of the database, a slash and that of the collection.
func (s *Store) Namespace() string {
	return "mongo/" + s.db.Name() + "/" + s.tasks.Name()
}

// Close disconnects, after the calls that are under way. A client that was
// given to [New] stays connected.
func (s *Store) Close() error {
	s.end()
	s.use.Lock()
	defer s.use.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if !s.owned {
		return nil
	}
	return disconnect(s.client)
}

// enter begins a call; unless it fails, leave ends it.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.use.RLock()
	if s.closed {
		s.use.RUnlock()
		return store.ErrClosed
	}
	return nil
}

func (s *Store) leave() { s.use.RUnlock() }

// Get returns the record with this id.
func (s *Store) Get(ctx context.Context, id string) (store.Record, error) {
	if err := s.enter(ctx); err != nil {
		return store.Record{}, err
	}
	defer s.leave()
	raw, err := s.tasks.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return store.Record{}, fmt.Errorf("%w: %q", store.ErrNotFound, id)
	}
	if err != nil {
		return store.Record{}, s.explain(ctx, err)
	}
	return decode(raw)
}

// Clear removes all records. One that is cut off may have removed a part of
// them; it can be repeated.
func (s *Store) Clear(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	_, err := s.tasks.DeleteMany(ctx, bson.D{})
	return s.explain(ctx, err)
}
