package redisstore_test

import (
	"testing"

	"github.com/go-asyncz/asyncz/internal/testserver"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/redisstore"
	"github.com/go-asyncz/asyncz/storetest"
)

func TestSingleServerKeepsThePromisesOfAStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, harness(testserver.URL(t, "redis"), func(string) string { return "garbage" }))
}

func TestClusterKeepsThePromisesOfAStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, harness(testserver.URL(t, "redis_cluster"), func(string) string { return "garbage" }))
}

// A value can be damaged in many places so that it is no record any more.
func TestDamageOfAnyPartKeepsThePromises(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(string) string{
		"nothing left":    func(string) string { return "" },
		"another version": func(v string) string { return "AZR\x02" + v[4:] },
		"revision 0":      func(v string) string { return v[:4] + "\x00\x00\x00\x00\x00\x00\x00\x00" + v[12:] },
		"cut off":         func(v string) string { return v[:len(v)-1] },
		"longer":          func(v string) string { return v + "x" },
		"longer label":    func(v string) string { return v[:20] + "\xff" + v[21:] },
		"NUL in label":    func(v string) string { return v[:21] + "\x00" + v[22:] },
	} {
		t.Run(name, func(t *testing.T) {
			h := harness(testserver.URL(t, "redis"), damage)
			h.Bulk, h.Writers = 20, 8
			storetest.Run(t, h)
		})
	}
}

func harness(url string, damage func(value string) string) storetest.Harness {
	return storetest.Harness{New: func(tb testing.TB) storetest.Place {
		p := newPlace(tb, url)
		return storetest.Place{
			Open: func() (store.Store, error) { return redisstore.Open(bg, p.url, p.keys()...) },
			Corrupt: func(id string) error {
				value, err := p.raw.Do(bg, p.raw.B().Hget().Key(p.tasks).Field(id).Build()).ToString()
				if err != nil {
					return err
				}
				return p.raw.Do(bg, p.raw.B().Hset().Key(p.tasks).FieldValue().FieldValue(id, damage(value)).Build()).Error()
			},
		}
	}}
}
