package seal

import (
	"fmt"
	"slices"
)

// Seal returns plaintext sealed for b, [Overhead] bytes longer, in new memory.
// A nil Ring returns plaintext itself.
//
// It fails only for input that can't be sealed (ErrInvalid): a part of the
// binding that is too long, or, with a nil Ring, a plaintext that bears the mark
// of a sealed message and so could not be read back.
func (r *Ring) Seal(b Binding, plaintext []byte) ([]byte, error) {
	if r == nil {
		return plaintext, checkPlain(plaintext)
	}
	return r.AppendSeal(make([]byte, 0, len(plaintext)+Overhead), b, plaintext)
}

// AppendSeal is Seal that appends to dst and returns the extended buffer. The
// room after dst's length must not overlap plaintext. When it fails, it returns
// dst as it was.
func (r *Ring) AppendSeal(dst []byte, b Binding, plaintext []byte) ([]byte, error) {
	if r == nil {
		if err := checkPlain(plaintext); err != nil {
			return dst, err
		}
		return append(dst, plaintext...), nil
	}
	if err := b.check(); err != nil {
		return dst, err
	}
	k, start := r.keys[0], len(dst)
	out := slices.Grow(dst, len(plaintext)+Overhead)
	out = append(out, magic...)
	out = append(out, version, suiteAES256)
	out = append(out, k.id[:]...)
	out = out[:start+payloadOffset]
	head := out[start:]
	r.nonce(head[headerSize:])

	ad := adBuffers.Get().(*[]byte)
	defer adBuffers.Put(ad)
	*ad = b.appendTo(append((*ad)[:0], head[:headerSize]...))
	return k.aead.Seal(out, head[headerSize:], plaintext, *ad), nil
}

// Open returns the plaintext of a message that was sealed for b, in new memory.
// A nil Ring returns data itself when it is plain.
//
// Errors: ErrNotSealed, ErrKeyRequired (nil Ring), ErrUnknownKey, ErrTampered,
// ErrFormat, and ErrInvalid for a part of the binding that is too long. Every
// error but the last tells of the data, which should be kept as it is.
func (r *Ring) Open(b Binding, data []byte) ([]byte, error) {
	if r == nil {
		if err := checkOpenPlain(data); err != nil {
			return nil, err
		}
		return data, nil
	}
	out, err := r.AppendOpen(make([]byte, 0, max(0, len(data)-Overhead)), b, data)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// AppendOpen is Open that appends to dst and returns the extended buffer. The
// room after dst's length must not overlap data. When it fails, it returns dst
// as it was, and nothing of the plaintext is in its room.
func (r *Ring) AppendOpen(dst []byte, b Binding, data []byte) ([]byte, error) {
	if r == nil {
		if err := checkOpenPlain(data); err != nil {
			return dst, err
		}
		return append(dst, data...), nil
	}
	out, _, err := r.open(dst, b, data)
	return out, err
}

// open also tells which key opened the data.
func (r *Ring) open(dst []byte, b Binding, data []byte) ([]byte, *key, error) {
	if err := b.check(); err != nil {
		return dst, nil, err
	}
	if err := checkHeader(data); err != nil {
		return dst, nil, err
	}
	id := ID(data[idOffset:headerSize])
	if !r.Has(id) {
		return dst, nil, unknownKey(id, r.KeyIDs())
	}
	ad := adBuffers.Get().(*[]byte)
	defer adBuffers.Put(ad)
	*ad = b.appendTo(append((*ad)[:0], data[:headerSize]...))

	for _, k := range r.keys { // all of that id: four bytes may be alike by accident
		if k.id != id {
			continue
		}
		out, err := k.aead.Open(dst, data[headerSize:payloadOffset], data[payloadOffset:], *ad)
		if err == nil {
			return out, k, nil
		}
	}
	return dst, nil, fmt.Errorf("%w: kind %q, namespace %q, id %q, key id %s", ErrTampered, b.Kind, b.Namespace, b.ID, id)
}

// Reseal returns data sealed with the ring's sealing key, for a change of keys:
// data that is sealed with it already comes back as it is, with false; data of
// an old key is sealed anew. Either way it has been opened, so that success means
// that the sealing key alone reads it. Errors are those of Open; plain data is
// ErrNotSealed.
//
// A nil Ring has nothing to re-seal: plain data comes back with false, sealed
// data is ErrKeyRequired.
func (r *Ring) Reseal(b Binding, data []byte) (sealed []byte, changed bool, err error) {
	if r == nil {
		return data, false, checkOpenPlain(data)
	}
	plaintext, by, err := r.open(nil, b, data)
	if err != nil {
		return nil, false, err
	}
	if by == r.keys[0] {
		return data, false, nil
	}
	sealed, err = r.Seal(b, plaintext)
	return sealed, err == nil, err
}

func checkPlain(data []byte) error {
	if IsSealed(data) {
		return fmt.Errorf("%w: plain data must not begin with %q, the mark of a sealed message", ErrInvalid, magic)
	}
	return nil
}

func checkOpenPlain(data []byte) error {
	if !IsSealed(data) {
		return nil
	}
	if id, ok := KeyID(data); ok {
		return fmt.Errorf("%w: it needs key id %s", ErrKeyRequired, id)
	}
	return ErrKeyRequired
}
