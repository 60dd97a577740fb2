package seal_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/go-asyncz/asyncz/seal"
)

var binding = seal.Binding{Kind: seal.KindTask, Namespace: "file", ID: "backup"}

const (
	newValue = "the value that seals, long enough"
	oldValue = "the value before, long enough too"
)

func mustSeal(t testing.TB, r *seal.Ring, b seal.Binding, plaintext string) []byte {
	t.Helper()
	data, err := r.Seal(b, []byte(plaintext))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSealedMessageOpensOnlyForItsBinding(t *testing.T) {
	t.Parallel()
	ring := newRing(t, newValue)
	data := mustSeal(t, ring, binding, "payload")
	if got, err := ring.Open(binding, data); err != nil || string(got) != "payload" {
		t.Fatalf("Open = %q, %v", got, err)
	}
	for name, other := range map[string]seal.Binding{
		"another kind":         {Kind: seal.KindRun, Namespace: "file", ID: "backup"},
		"another namespace":    {Kind: seal.KindTask, Namespace: "file2", ID: "backup"},
		"another id":           {Kind: seal.KindTask, Namespace: "file", ID: "restore"},
		"no binding":           {},
		"same text, cut apart": {Kind: seal.KindTask, Namespace: "filebackup", ID: ""},
		"another case":         {Kind: seal.KindTask, Namespace: "file", ID: "Backup"},
	} {
		if got, err := ring.Open(other, data); !errors.Is(err, seal.ErrTampered) || got != nil {
			t.Errorf("%s: Open = %q, %v; want ErrTampered", name, got, err)
		}
	}
}

func TestAnyChangedByteFailsToOpen(t *testing.T) {
	t.Parallel()
	ring := newRing(t, newValue, oldValue)
	data := mustSeal(t, ring, binding, "payload")
	for i := range data {
		for bit := range 8 {
			changed := bytes.Clone(data)
			changed[i] ^= 1 << bit
			if got, err := ring.Open(binding, changed); err == nil {
				t.Fatalf("byte %d, bit %d flipped: opened as %q", i, bit, got)
			}
		}
	}
	for n := range data {
		if got, err := ring.Open(binding, data[:n]); err == nil {
			t.Fatalf("cut to %d bytes: opened as %q", n, got)
		}
	}
	if _, err := ring.Open(binding, append(bytes.Clone(data), 0)); !errors.Is(err, seal.ErrTampered) {
		t.Errorf("a byte added: %v, want ErrTampered", err)
	}
}

func TestErrorSaysWhatIsWrongWithTheData(t *testing.T) {
	t.Parallel()
	ring := newRing(t, newValue)
	good := mustSeal(t, ring, binding, "payload")
	with := func(i int, b byte) []byte {
		data := bytes.Clone(good)
		data[i] = b
		return data
	}
	foreign := mustSeal(t, newRing(t, oldValue), binding, "payload")
	for _, tc := range []struct {
		name string
		ring *seal.Ring
		data []byte
		want error
		text string
	}{
		{"plain, key set", ring, []byte(`{"id":"backup"}`), seal.ErrNotSealed, ""},
		{"empty, key set", ring, nil, seal.ErrNotSealed, ""},
		{"sealed, no key", nil, good, seal.ErrKeyRequired, ring.KeyID().String()},
		{"cut, no key", nil, good[:6], seal.ErrKeyRequired, ""},
		{"key not in the ring", ring, foreign, seal.ErrUnknownKey, newRing(t, oldValue).KeyID().String()},
		{"key not in the ring names those that are", ring, foreign, seal.ErrUnknownKey, ring.KeyID().String()},
		{"newer version", ring, with(3, 2), seal.ErrFormat, "version 0x02"},
		{"other suite", ring, with(4, 2), seal.ErrFormat, "suite 0x02"},
		{"changed tag", ring, with(len(good)-1, good[len(good)-1]^1), seal.ErrTampered, `"backup"`},
		{"cut after the mark", ring, good[:3], seal.ErrTampered, "3 bytes"},
		{"cut before the tag's end", ring, good[:36], seal.ErrTampered, "at least 37"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := tc.ring.Open(binding, tc.data)
			if !errors.Is(err, tc.want) || got != nil {
				t.Fatalf("Open = %q, %v; want %v", got, err, tc.want)
			}
			if !strings.Contains(err.Error(), tc.text) {
				t.Errorf("error %q doesn't say %q", err, tc.text)
			}
		})
	}
}

func TestNilRingPassesPlainBytesThrough(t *testing.T) {
	t.Parallel()
	var none *seal.Ring
	plain := []byte(`{"id":"backup"}`)
	sealed, err := none.Seal(binding, plain)
	if err != nil || &sealed[0] != &plain[0] {
		t.Errorf("Seal = %q, %v; want the very same bytes", sealed, err)
	}
	opened, err := none.Open(binding, plain)
	if err != nil || &opened[0] != &plain[0] {
		t.Errorf("Open = %q, %v; want the very same bytes", opened, err)
	}
	if _, err := none.Seal(binding, []byte("AZS and more")); !errors.Is(err, seal.ErrInvalid) {
		t.Errorf("sealing plain data that looks sealed: %v, want ErrInvalid", err)
	}
	if got, err := none.AppendSeal([]byte("a"), binding, plain); err != nil || string(got) != "a"+string(plain) {
		t.Errorf("AppendSeal = %q, %v", got, err)
	}
	if got, err := none.AppendOpen([]byte("a"), binding, plain); err != nil || string(got) != "a"+string(plain) {
		t.Errorf("AppendOpen = %q, %v", got, err)
	}
}

func TestTooLongBindingIsRefused(t *testing.T) {
	t.Parallel()
	ring := newRing(t, newValue)
	longest := seal.Binding{Kind: "task", Namespace: "file", ID: strings.Repeat("x", 65535)}
	data := mustSeal(t, ring, longest, "payload")
	if _, err := ring.Open(longest, data); err != nil {
		t.Errorf("id of 65535 bytes: %v", err)
	}
	tooLong := longest
	tooLong.ID += "x"
	if _, err := ring.Seal(tooLong, nil); !errors.Is(err, seal.ErrInvalid) {
		t.Errorf("Seal with an id of 65536 bytes: %v, want ErrInvalid", err)
	}
	if _, err := ring.Open(tooLong, data); !errors.Is(err, seal.ErrInvalid) {
		t.Errorf("Open with an id of 65536 bytes: %v, want ErrInvalid", err)
	}
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	ring := newRing(t, newValue)
	for _, room := range []int{0, 3, 1000} {
		dst := append(make([]byte, 0, 5+room), "head:"...)
		out, err := ring.AppendSeal(dst, binding, []byte("payload"))
		if err != nil || !bytes.HasPrefix(out, []byte("head:AZS")) {
			t.Fatalf("AppendSeal = %q, %v", out, err)
		}
		opened, err := ring.AppendOpen([]byte("head:"), binding, out[5:])
		if err != nil || string(opened) != "head:payload" {
			t.Fatalf("AppendOpen = %q, %v", opened, err)
		}
	}
	data := mustSeal(t, ring, binding, "payload")
	data[len(data)-1]++
	dst := append(make([]byte, 0, 100), "head:"...)
	out, err := ring.AppendOpen(dst, binding, data)
	if err == nil || string(out) != "head:" {
		t.Errorf("AppendOpen of changed data = %q, %v", out, err)
	}
	if room := dst[:cap(dst)]; bytes.Contains(room, []byte("payload")) {
		t.Errorf("the plaintext of changed data is in the buffer: %q", room)
	}
}

func TestNoNonceRepeats(t *testing.T) {
	t.Parallel()
	ring := newRing(t, newValue)
	seen := map[string]bool{}
	for range 10_000 {
		nonce := string(mustSeal(t, ring, binding, "")[9:21])
		if seen[nonce] {
			t.Fatalf("nonce %x came twice", nonce)
		}
		seen[nonce] = true
	}
}

func TestRingIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	ring := newRing(t, newValue, oldValue)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			b := binding
			b.ID = strings.Repeat("i", g*40+1)
			plaintext := strings.Repeat("p", g*100)
			for range 200 {
				data, err := ring.Seal(b, []byte(plaintext))
				if err != nil {
					t.Error(err)
					return
				}
				got, err := ring.Open(b, data)
				if err != nil || string(got) != plaintext {
					t.Errorf("opened %q, %v", got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// Not parallel: what others allocate would be counted too.
func TestOneAllocationEach(t *testing.T) {
	ring := newRing(t, newValue, oldValue)
	plaintext := bytes.Repeat([]byte("p"), 400)
	data := mustSeal(t, ring, binding, string(plaintext))
	if n := testing.AllocsPerRun(1000, func() { _, _ = ring.Seal(binding, plaintext) }); n > 1 && !raceEnabled {
		t.Errorf("Seal allocates %v times, want 1", n)
	}
	if n := testing.AllocsPerRun(1000, func() { _, _ = ring.Open(binding, data) }); n > 1 && !raceEnabled {
		t.Errorf("Open allocates %v times, want 1", n)
	}
}
