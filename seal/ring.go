package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
)

// A Ring holds one key that seals and opens, and any number of older keys that
// only open. It is not changed after NewRing, and its methods may be called from
// any number of goroutines.
//
// A nil *Ring means that no key is set: all methods may be called on it. Other
// rings come from NewRing alone; the zero Ring is of no use.
//
// A Ring keeps neither the values nor the derived keys as such, and no form of
// printing, logging or marshalling it shows more than the ids of its keys.
type Ring struct {
	keys  []*key // the first seals; pointers, so that printing a copy shows nothing
	nonce func([]byte)
}

// key is a key ready for use: expanding it costs more than sealing a record.
type key struct {
	id   ID
	aead cipher.AEAD
}

// NewRing returns a ring that seals with the key made of value, and opens what
// was sealed with it or with one of old.
//
// The bytes of a value are taken exactly as they are: white space at its
// beginning or end is part of it, and there is no normalisation of Unicode. An
// empty value is ErrInvalid; a value that is named twice counts once.
func NewRing(value string, old ...string) (*Ring, error) {
	r := &Ring{nonce: randomNonce}
	if value == "" {
		return nil, fmt.Errorf("%w: the encryption key is empty", ErrInvalid)
	}
	r.add(value)
	seen := map[string]bool{value: true}
	for i, v := range old {
		if v == "" {
			return nil, fmt.Errorf("%w: old encryption key %d of %d is empty", ErrInvalid, i+1, len(old))
		}
		if !seen[v] {
			seen[v] = true
			r.add(v)
		}
	}
	return r, nil
}

func (r *Ring) add(value string) {
	sum := sha256.Sum256([]byte(value))
	defer clear(sum[:])
	mac := hmac.New(sha256.New, sum[:])
	mac.Write([]byte("asyncz key id v1"))
	r.keys = append(r.keys, &key{id: ID(mac.Sum(nil)[:idSize]), aead: newAEAD(sum[:])})
}

func newAEAD(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for a key of a wrong length, and a SHA-256 has the right one
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // only for a cipher that is not AES
	}
	return aead
}

// randomNonce can't fail: crypto/rand ends the program rather than give less
// than it should.
func randomNonce(b []byte) { rand.Read(b) }

// KeyID returns the ID of the key that seals; the zero ID for a nil Ring.
func (r *Ring) KeyID() ID {
	if r == nil {
		return ID{}
	}
	return r.keys[0].id
}

// KeyIDs returns the IDs of all keys, the one that seals first.
func (r *Ring) KeyIDs() []ID {
	if r == nil {
		return nil
	}
	ids := make([]ID, len(r.keys))
	for i, k := range r.keys {
		ids[i] = k.id
	}
	return ids
}

// Has tells whether a key with this ID is in the ring: whether there is a chance
// to open what bears it.
func (r *Ring) Has(id ID) bool {
	if r == nil {
		return false
	}
	for _, k := range r.keys {
		if k.id == id {
			return true
		}
	}
	return false
}

// Current tells by the key id whether data needs no re-sealing: whether it was
// sealed with the key that seals. For a nil Ring, which doesn't seal, that is
// data which isn't sealed. Nothing is authenticated.
func (r *Ring) Current(data []byte) bool {
	if r == nil {
		return !IsSealed(data)
	}
	id, ok := KeyID(data)
	return ok && id == r.KeyID()
}
