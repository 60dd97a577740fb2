package seal

import (
	"errors"
	"fmt"
	"strings"
)

// The errors of this package never hold a value, a key or a plaintext. They may
// hold key ids, sizes and the parts of a binding, none of which is secret.
var (
	// ErrNotSealed: a key is set, and the data is plain.
	ErrNotSealed = errors.New("the data is not sealed, but an encryption key is set")
	// ErrKeyRequired: the data is sealed, and no key is set.
	ErrKeyRequired = errors.New("the data is sealed, and no encryption key is set")
	// ErrUnknownKey: the data was sealed with a key that is not in the ring.
	ErrUnknownKey = errors.New("the data is sealed with a key that is not set")
	// ErrTampered: the data was changed or cut, or belongs to another kind,
	// namespace or id than the one it is opened for.
	ErrTampered = errors.New("the sealed data was changed, or belongs elsewhere")
	// ErrFormat: the data is sealed in a form that this version doesn't know.
	ErrFormat = errors.New("the data is sealed in an unknown form")
	// ErrInvalid: what was handed in can't be sealed or can't be a key.
	ErrInvalid = errors.New("invalid input to seal")
)

func unknownForm(part string, got byte) error {
	return fmt.Errorf("%w: %s 0x%02x, only 0x01 is known; a newer version of the program may read it", ErrFormat, part, got)
}

func cutShort(size int) error {
	return fmt.Errorf("%w: %d bytes are left, a sealed message has at least %d", ErrTampered, size, Overhead)
}

func unknownKey(id ID, ring []ID) error {
	known := make([]string, len(ring))
	for i, k := range ring {
		known[i] = k.String()
	}
	return fmt.Errorf("%w: it needs key id %s, set are %s", ErrUnknownKey, id, strings.Join(known, ", "))
}
