package seal_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"testing"

	"github.com/go-asyncz/asyncz/seal"
)

// vectors are those of docs/encryption.md: another implementation must make the
// same bytes.
var vectors = []struct {
	name, value, keyID, nonce string
	binding                   seal.Binding
	plaintext, sealed         string
}{
	{
		"empty", "correct horse battery staple", "a459e165", "000102030405060708090a0b",
		seal.Binding{Kind: "task", Namespace: "sql/asyncz_store", ID: "t1"},
		"", "415a530101a459e165000102030405060708090a0b0b7ec7049673acdebabf82868d703b10",
	},
	{
		"document", "correct horse battery staple", "a459e165", "000102030405060708090a0b",
		seal.Binding{Kind: "task", Namespace: "sql/asyncz_store", ID: "t1"},
		`{"id":"t1","rev":1}`,
		"415a530101a459e165000102030405060708090a0b6cefb5374e97c09efab694fa37cfe29f5c439d73787171723b8ed9ca2020fcaf952d7b",
	},
	{
		"short value", "k", "dd46fa7c", "000000000000000000000000",
		seal.Binding{Kind: "task", Namespace: "redis/asyncz.tasks", ID: "a"},
		"x", "415a530101dd46fa7c0000000000000000000000001b55a707905fc653c91412c84c4074365f",
	},
}

func TestVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			ring := newRing(t, v.value)
			if got := ring.KeyID().String(); got != v.keyID {
				t.Errorf("key id = %s, want %s", got, v.keyID)
			}
			want := unhex(t, v.sealed)
			got, err := ring.WithNonce([12]byte(unhex(t, v.nonce))).Seal(v.binding, []byte(v.plaintext))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("sealed = %x, %v\nwant     %s", got, err, v.sealed)
			}
			opened, err := ring.Open(v.binding, want)
			if err != nil || string(opened) != v.plaintext {
				t.Errorf("opened = %q, %v; want %q", opened, err, v.plaintext)
			}
		})
	}
}

func newRing(t testing.TB, value string, old ...string) *seal.Ring {
	t.Helper()
	ring, err := seal.NewRing(value, old...)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDocumentationShowsTheVectors(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/encryption.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		for _, text := range []string{v.value, v.keyID, v.nonce, v.binding.Namespace, v.plaintext, v.sealed} {
			if !bytes.Contains(page, []byte(text)) {
				t.Errorf("docs/encryption.md doesn't show %q of the vector %q", text, v.name)
			}
		}
	}
}
