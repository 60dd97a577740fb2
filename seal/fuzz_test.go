package seal_test

import (
	"bytes"
	"testing"

	"github.com/go-asyncz/asyncz/seal"
)

// FuzzOpen: what was sealed opens, with any one byte of the message or of its
// binding changed it doesn't, and no bytes whatever make the opener panic.
func FuzzOpen(f *testing.F) {
	f.Add("task", "file", "t1", []byte(`{"id":"t1"}`), uint(0), byte(1))
	f.Add("run", "sql/asyncz_store", "\u00e9", []byte{}, uint(30), byte(0x80))
	for i, v := range vectors {
		f.Add("node", v.binding.Namespace, v.binding.ID, unhex(f, v.sealed), uint(i), byte(0xff))
	}
	ring := newRing(f, newValue, oldValue)
	f.Fuzz(func(t *testing.T, kind, namespace, id string, data []byte, pos uint, flip byte) {
		b := seal.Binding{Kind: kind, Namespace: namespace, ID: id}
		if got, err := ring.Open(b, data); err == nil {
			t.Fatalf("bytes that nobody sealed open as %q", got)
		}
		var none *seal.Ring
		if _, err := none.Open(b, data); (err == nil) == seal.IsSealed(data) {
			t.Fatalf("without a key: %v", err)
		}
		sealed, err := ring.Seal(b, data)
		if err != nil {
			if len(kind) <= 65535 && len(namespace) <= 65535 && len(id) <= 65535 {
				t.Fatal(err)
			}
			return
		}
		if got, err := ring.Open(b, sealed); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("opened %q, %v; sealed %q", got, err, data)
		}
		if flip == 0 {
			return
		}
		changed := bytes.Clone(sealed)
		changed[pos%uint(len(sealed))] ^= flip
		if got, err := ring.Open(b, changed); err == nil {
			t.Fatalf("byte %d changed by %02x: opens as %q", pos%uint(len(sealed)), flip, got)
		}
		if other := changeOne(b, pos, flip); other != b {
			if got, err := ring.Open(other, sealed); err == nil {
				t.Fatalf("sealed for %+v, opens for %+v as %q", b, other, got)
			}
		}
	})
}

// changeOne flips bits of one byte of the binding, counted through its parts.
func changeOne(b seal.Binding, pos uint, flip byte) seal.Binding {
	parts := []*string{&b.Kind, &b.Namespace, &b.ID}
	total := uint(len(b.Kind) + len(b.Namespace) + len(b.ID))
	if total == 0 {
		return b
	}
	pos %= total
	for _, part := range parts {
		if n := uint(len(*part)); pos >= n {
			pos -= n
			continue
		}
		text := []byte(*part)
		text[pos] ^= flip
		*part = string(text)
		break
	}
	return b
}
