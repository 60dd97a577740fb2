package codec_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/go-asyncz/asyncz/internal/codec"
)

// FuzzRoundTrip: a JSON object that a codec takes comes back with its meaning.
func FuzzRoundTrip(f *testing.F) {
	for _, doc := range documents {
		if len(doc) < 1000 {
			f.Add([]byte(doc))
		}
	}
	f.Add([]byte(goldenDocument))
	f.Add([]byte(`{"n":[9e-1,1e400,0.10000000000000000000001]}`))
	codecs := all(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		var object map[string]json.RawMessage
		isObject := json.Unmarshal(doc, &object) == nil && object != nil
		for _, c := range codecs[1:] {
			data, err := codec.Encode(c, doc)
			if err != nil {
				if !errors.Is(err, codec.ErrDocument) {
					t.Fatalf("%s: %v is no ErrDocument", c, err)
				}
				continue
			}
			if !isObject {
				t.Fatalf("%s takes %q, which is no JSON object", c, doc)
			}
			got, err := codec.Decode(data)
			if err != nil {
				t.Fatalf("%s: %q is written as %q, which is not read: %v", c, doc, data, err)
			}
			if !same(t, doc, got) {
				t.Fatalf("%s: wrote %q, read %q", c, doc, got)
			}
		}
	})
}

// FuzzDecode: no bytes make it panic; what it returns is a JSON object, which
// every codec takes and brings back.
func FuzzDecode(f *testing.F) {
	for _, text := range golden {
		f.Add(unhex(f, text))
	}
	for _, text := range hostile {
		f.Add(unhex(f, text))
	}
	for _, c := range all(f)[1:] {
		data, err := codec.Encode(c, []byte(goldenDocument))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	codecs := all(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := codec.Decode(data)
		if err != nil {
			if doc != nil || !errors.Is(err, codec.ErrUnknown) && !errors.Is(err, codec.ErrMalformed) {
				t.Fatalf("Decode = %q, %v", doc, err)
			}
			return
		}
		if data[0] == '{' {
			return // handed through unread
		}
		for _, c := range codecs[1:] {
			again, err := codec.Encode(c, doc)
			if err != nil {
				t.Fatalf("%s: %q was read and is not written: %v", c, doc, err)
			}
			back, err := codec.Decode(again)
			if err != nil || !same(t, doc, back) {
				t.Fatalf("%s: %q, then %q, %v", c, doc, back, err)
			}
		}
	})
}
