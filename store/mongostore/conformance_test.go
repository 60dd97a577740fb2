package mongostore_test

import (
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/mongostore"
	"github.com/go-asyncz/asyncz/storetest"
)

// The server of the tests is often a slow one: see docs/stores.md.
func harness(open func(p place) (store.Store, error)) storetest.Harness {
	return storetest.Harness{
		Bulk: 40, Writers: 8, Patience: 2 * time.Minute,
		New: func(tb testing.TB) storetest.Place {
			p := newPlace(tb)
			return storetest.Place{
				Open:    func() (store.Store, error) { return open(p) },
				Corrupt: func(id string) error { return p.damage(id, "data", "text") },
			}
		},
	}
}

// damage sets a field of a document to something that is no record's.
func (p place) damage(id, field string, value any) error {
	r, err := p.tasks().UpdateOne(bg, bson.D{{Key: "_id", Value: id}}, bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: value}}}})
	if err == nil && r.MatchedCount != 1 {
		err = errors.New("there is no such document")
	}
	return err
}

func TestStoreKeepsThePromises(t *testing.T) {
	t.Parallel()
	storetest.Run(t, harness(func(p place) (store.Store, error) {
		return mongostore.Open(bg, p.url, mongostore.WithCollection(p.collection), patient)
	}))
}

// The same through a client of the program's, in a smaller run: what differs is
// how the store is opened and closed.
func TestStoreOnAClientKeepsThePromises(t *testing.T) {
	t.Parallel()
	h := harness(nil)
	h.Bulk, h.Writers = 20, 4
	h.New = func(tb testing.TB) storetest.Place {
		p := newPlace(tb)
		return storetest.Place{Open: func() (store.Store, error) {
			return mongostore.New(bg, p.client, mongostore.WithDatabase(p.database), mongostore.WithCollection(p.collection), patient)
		}}
	}
	storetest.Run(t, h)
}
