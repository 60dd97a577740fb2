package memstore_test

import (
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/storetest"
)

func TestKeepsThePromisesOfAStore(t *testing.T) {
	storetest.Run(t, storetest.Harness{
		InMemory: true,
		New: func(testing.TB) storetest.Place {
			return storetest.Place{Open: func() (store.Store, error) { return memstore.New(), nil }}
		},
	})
}
