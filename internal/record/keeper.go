// Package record turns the state of a task into the record that a store keeps,
// and back: it encodes, seals, checks that a record is what it says, and
// remembers what it has decoded.
package record

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/internal/codec"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/seal"
	"github.com/go-asyncz/asyncz/store"
)

var (
	// ErrMismatch: the record holds the state of another task or of another write.
	ErrMismatch = errors.New("the record does not hold what it says")
	// ErrRolledBack: an older state of the task was put back into the store.
	ErrRolledBack = errors.New("an older state of the task was put back")
)

// A Keeper packs and unpacks the records of one store. It may be used from any
// number of goroutines.
type Keeper struct {
	live      bool
	codec     codec.Codec
	ring      *seal.Ring // nil: nothing is sealed
	namespace string
	cache     cache
	seen      seen
}

// NewKeeper returns a keeper for a store.
func NewKeeper(st store.Store, c codec.Codec, ring *seal.Ring, namespace string) *Keeper {
	_, live := st.(store.Live)
	if namespace == "" {
		namespace = "store"
		if n, ok := st.(store.Namespaced); ok {
			namespace = n.Namespace()
		}
	}
	return &Keeper{live: live, codec: c, ring: ring, namespace: namespace}
}

// Live reports whether the store keeps states as they are.
func (k *Keeper) Live() bool { return k.live }

// Pack returns the record of a state, for a write that replaces the revision
// rev (0: that adds it).
func (k *Keeper) Pack(s *lifecycle.State, rev uint64) (store.Record, error) {
	r := store.Record{ID: s.Def.ID, Due: index(s.Due()), Executor: s.Label(), Rev: rev}
	if k.live {
		r.Value = s
		return r, nil
	}
	if s.Def.Local != nil {
		return r, fmt.Errorf("task %q: a function without a name can't be kept in this store; register it", s.Def.ID)
	}
	doc, err := lifecycle.Encode(s, rev+1)
	if err != nil {
		return r, err
	}
	data, err := codec.Encode(k.codec, doc)
	if err != nil {
		return r, fmt.Errorf("task %q: %w", s.Def.ID, err)
	}
	r.Data, err = k.seal(r.ID, data)
	return r, err
}

// index cuts a due time to what a store keeps of it, upwards: a record is never
// due before its task is.
func index(due time.Time) time.Time {
	if cut := due.Truncate(time.Microsecond); cut.Before(due) {
		return cut.Add(time.Microsecond)
	}
	return due
}

// Wrote remembers a record that was written, so that it needs no decoding.
func (k *Keeper) Wrote(r store.Record, s *lifecycle.State) {
	if k.live {
		return
	}
	k.cache.put(r.ID, r.Data, s)
	if k.ring != nil {
		k.seen.note(r.ID, s.Incarnation, r.Rev+1)
	}
}

// Removed remembers that a task is gone, so that it can't be put back.
func (k *Keeper) Removed(id string) {
	if k.live {
		return
	}
	k.cache.drop(id)
	if k.ring != nil {
		k.seen.bury(id)
	}
}

// Unpack returns the state that a record holds.
func (k *Keeper) Unpack(r store.Record) (*lifecycle.State, error) {
	if k.live {
		s, ok := r.Value.(*lifecycle.State)
		if !ok {
			return nil, fmt.Errorf("%w: a %T", ErrMismatch, r.Value)
		}
		return s, nil
	}
	if s, ok := k.cache.get(r.ID, r.Data); ok {
		return s, nil
	}
	s, rev, err := k.decode(r, k.ring)
	if err != nil {
		return nil, err
	}
	if k.ring != nil && !k.seen.note(r.ID, s.Incarnation, rev) {
		return nil, rolledBack(r.ID, rev)
	}
	k.cache.put(r.ID, r.Data, s)
	return s, nil
}

// decode opens a record and compares what the store says in the clear with what
// is inside. Due and label are hints that a scheduler repairs; the id and the
// revision are not.
func (k *Keeper) decode(r store.Record, ring *seal.Ring) (s *lifecycle.State, rev uint64, err error) {
	data, err := ring.Open(k.binding(r.ID), r.Data)
	if err != nil {
		return nil, 0, err
	}
	doc, err := codec.Decode(data)
	if err != nil {
		return nil, 0, err
	}
	s, rev, err = lifecycle.Decode(doc)
	if err != nil {
		return nil, 0, err
	}
	if s.Def.ID != r.ID {
		return nil, 0, fmt.Errorf("%w: the record %q holds the task %q", ErrMismatch, r.ID, s.Def.ID)
	}
	if rev > r.Rev {
		return nil, 0, fmt.Errorf("%w: the record %q at revision %d holds the revision %d", ErrMismatch, r.ID, r.Rev, rev)
	}
	return s, rev, nil
}

func rolledBack(id string, rev uint64) error {
	return fmt.Errorf("%w: record %q, revision %d", ErrRolledBack, id, rev)
}

func (k *Keeper) seal(id string, data []byte) ([]byte, error) {
	if k.ring == nil {
		return data, nil
	}
	return k.ring.Seal(k.binding(id), data)
}

func (k *Keeper) binding(id string) seal.Binding {
	return seal.Binding{Kind: seal.KindTask, Namespace: k.namespace, ID: id}
}

// Sealed reports whether the keeper has a key.
func (k *Keeper) Sealed() bool { return k.ring != nil }

// Current reports whether a record is stored as Pack would store it now: with
// the sealing key, or plain when there is none.
func (k *Keeper) Current(r store.Record) bool {
	if k.ring == nil {
		return !seal.IsSealed(r.Data)
	}
	return k.ring.Current(r.Data)
}

// Rewrap returns the record as it is written now, with the sealing key. plain
// says whether one that is not sealed may be taken in.
func (k *Keeper) Rewrap(r store.Record, plain bool) (store.Record, *lifecycle.State, error) {
	s, err := k.Read(r, plain)
	if err != nil {
		return store.Record{}, nil, err
	}
	next, err := k.Pack(s, r.Rev)
	return next, s, err
}

// Namespace is the place to which records are sealed; "" where none are.
func (k *Keeper) Namespace() string {
	if k.live {
		return ""
	}
	return k.namespace
}

// SealingKey returns the id of the key that seals; "" when there is none.
func (k *Keeper) SealingKey() string {
	if k.ring == nil {
		return ""
	}
	return k.ring.KeyID().String()
}
