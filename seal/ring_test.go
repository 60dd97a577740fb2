package seal_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/go-asyncz/asyncz/seal"
)

func TestOldKeysOpenAndDoNotSeal(t *testing.T) {
	t.Parallel()
	before, after := newRing(t, oldValue), newRing(t, newValue, oldValue)
	data := mustSeal(t, before, binding, "payload")
	if got, err := after.Open(binding, data); err != nil || string(got) != "payload" {
		t.Fatalf("Open with the old key in the ring = %q, %v", got, err)
	}
	fresh := mustSeal(t, after, binding, "payload")
	if id, ok := seal.KeyID(fresh); !ok || id != newRing(t, newValue).KeyID() {
		t.Errorf("sealed under %v, want the new key's id", id)
	}
	if _, err := before.Open(binding, fresh); !errors.Is(err, seal.ErrUnknownKey) {
		t.Errorf("the old key alone: %v, want ErrUnknownKey", err)
	}
}

func TestKeysAreListedTheSealingOneFirst(t *testing.T) {
	t.Parallel()
	ring := newRing(t, newValue, oldValue, "third", oldValue, newValue)
	want := []seal.ID{newRing(t, newValue).KeyID(), newRing(t, oldValue).KeyID(), newRing(t, "third").KeyID()}
	if got := ring.KeyIDs(); !slices.Equal(got, want) {
		t.Errorf("KeyIDs = %v, want %v", got, want)
	}
	if !ring.Has(want[2]) || ring.Has(seal.ID{1, 2, 3, 4}) {
		t.Error("Has is wrong")
	}
	var none *seal.Ring
	if none.Has(want[0]) || none.KeyIDs() != nil || none.KeyID() != (seal.ID{}) {
		t.Error("a nil ring has keys")
	}
}

func TestEmptyValueIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := seal.NewRing(""); !errors.Is(err, seal.ErrInvalid) {
		t.Errorf("empty value: %v, want ErrInvalid", err)
	}
	if _, err := seal.NewRing(newValue, oldValue, ""); !errors.Is(err, seal.ErrInvalid) {
		t.Errorf("empty old value: %v, want ErrInvalid", err)
	}
}

func TestKeyIDIsReadWithoutAKey(t *testing.T) {
	t.Parallel()
	data := unhex(t, vectors[0].sealed)
	if id, ok := seal.KeyID(data); !ok || id.String() != "a459e165" {
		t.Errorf("KeyID = %v, %v; want a459e165", id, ok)
	}
	for name, data := range map[string][]byte{
		"plain": []byte(`{"id":"t1"}`), "empty": nil, "mark alone": []byte("AZS"), "cut": data[:36],
		"version 2": slices.Concat([]byte("AZS\x02"), data[4:]), "suite 2": slices.Concat([]byte("AZS\x01\x02"), data[5:]),
	} {
		if id, ok := seal.KeyID(data); ok {
			t.Errorf("%s: KeyID = %v, true", name, id)
		}
	}
	if seal.IsSealed([]byte("AZ")) || !seal.IsSealed([]byte("AZS")) {
		t.Error("IsSealed goes by more or less than the mark")
	}
}

func TestResealMovesToTheSealingKey(t *testing.T) {
	t.Parallel()
	ring := newRing(t, newValue, oldValue)
	data := mustSeal(t, newRing(t, oldValue), binding, "payload")
	if ring.Current(data) {
		t.Error("Current is true of the old key's data")
	}
	again, changed, err := ring.Reseal(binding, data)
	if err != nil || !changed || !ring.Current(again) {
		t.Fatalf("Reseal = changed %v, %v; current %v", changed, err, ring.Current(again))
	}
	if got, err := newRing(t, newValue).Open(binding, again); err != nil || string(got) != "payload" {
		t.Errorf("the new key alone opens %q, %v", got, err)
	}
	same, changed, err := ring.Reseal(binding, again)
	if err != nil || changed || !bytes.Equal(same, again) {
		t.Errorf("Reseal of current data: changed %v, %v", changed, err)
	}
	broken := bytes.Clone(again)
	broken[len(broken)-1]++
	if _, _, err := ring.Reseal(binding, broken); !errors.Is(err, seal.ErrTampered) {
		t.Errorf("Reseal of changed data that bears the current id: %v, want ErrTampered", err)
	}
	if _, _, err := ring.Reseal(binding, []byte("{}")); !errors.Is(err, seal.ErrNotSealed) {
		t.Errorf("Reseal of plain data: %v, want ErrNotSealed", err)
	}
}

func TestNilRingHasNothingToReseal(t *testing.T) {
	t.Parallel()
	var none *seal.Ring
	if got, changed, err := none.Reseal(binding, []byte("{}")); err != nil || changed || string(got) != "{}" {
		t.Errorf("plain: %q, %v, %v", got, changed, err)
	}
	sealed := mustSeal(t, newRing(t, newValue), binding, "payload")
	if _, _, err := none.Reseal(binding, sealed); !errors.Is(err, seal.ErrKeyRequired) {
		t.Errorf("sealed: %v, want ErrKeyRequired", err)
	}
	if !none.Current([]byte("{}")) || none.Current(sealed) {
		t.Error("without a key, plain data is current and sealed data is not")
	}
}

func TestKeysThatShareAnIDAreBothTried(t *testing.T) {
	t.Parallel()
	data := mustSeal(t, newRing(t, oldValue), binding, "payload")
	ring := newRing(t, newValue, oldValue).WithKeyID(newRing(t, oldValue).KeyID())
	if got, err := ring.Open(binding, data); err != nil || string(got) != "payload" {
		t.Fatalf("Open = %q, %v", got, err)
	}
	if _, changed, err := ring.Reseal(binding, data); err != nil || !changed {
		t.Errorf("Reseal = %v, %v; it must not take the old key for the sealing one", changed, err)
	}
}
