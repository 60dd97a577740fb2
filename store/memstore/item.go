package memstore

import (
	"slices"

	"github.com/go-asyncz/asyncz/store"
)

// An item is a record at rest. Its label is that of its queue, which knows its
// due time too, so that neither is kept twice.
type item struct {
	id      string
	payload any // see payloadOf
	rev     uint64
	queue   *queue
	slot    slot
}

// payloadOf returns what a record holds as one value: most have either a value or data,
// and a million of them need not have room for both.
func payloadOf(r *store.Record) any {
	switch {
	case r.Data == nil:
		return r.Value
	case r.Value == nil:
		return bytes(slices.Clone(r.Data))
	}
	return &both{slices.Clone(r.Data), r.Value}
}

type bytes []byte

type both struct {
	data  []byte
	value any
}

// setPayload sets what payloadOf was given.
func setPayload(r *store.Record, payload any) {
	switch p := payload.(type) {
	case bytes:
		r.Data = slices.Clone(p)
	case *both:
		r.Data, r.Value = slices.Clone(p.data), p.value
	default:
		r.Value = p
	}
}
