package memstore_test

import (
	"reflect"
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

func TestDataAndValueComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	for i, r := range []store.Record{
		{}, {Data: []byte{}}, {Data: []byte("a")}, {Value: 7}, {Value: []byte("b")}, {Data: []byte("c"), Value: "d"}, {Data: []byte{}, Value: "e"},
	} {
		s := memstore.New()
		r.ID, r.Executor = "a", "x"
		must(t, s.Add(t.Context(), r))
		for range 2 {
			got, err := s.Get(t.Context(), "a")
			must(t, err)
			if (got.Data == nil) != (r.Data == nil) || !reflect.DeepEqual(got.Data, r.Data) || !reflect.DeepEqual(got.Value, r.Value) {
				t.Errorf("%d: %#v, %#v became %#v, %#v", i, r.Data, r.Value, got.Data, got.Value)
			}
			r.Rev = got.Rev
			must(t, s.Update(t.Context(), r))
		}
	}
}
