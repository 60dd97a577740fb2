package trigger

import (
	"slices"
	"testing"
)

// What splitObject reads is what a decoder reads.
func FuzzSplitObject(f *testing.F) {
	for _, form := range []string{
		`{}`, ` { "a" : 1 , "b":[1,{"c":"}"}], "d":null } `, `{"a":"x\\"y","b":-1.5e3}`, `{"a":true}`, `{"a":1,"a":2}`, `{"\u0061":1}`,
		`{"a":{"b":{}},"c":""}`, `[]`, `1`, `{"a":1} x`, `{"a"}`, ``, "{\"a\"\n:\t1\r}", `{"é":1}`, `{"a":12 , "b":false}`,
	} {
		f.Add([]byte(form))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fast, ok := splitObject(data)
		if !ok {
			return
		}
		slow, err := decodeObject(data)
		if err != nil {
			t.Fatalf("%q was split, and is refused: %v", data, err)
		}
		same := slices.EqualFunc(fast.fields, slow.fields, func(a, b field) bool { return a.key == b.key && string(a.value) == string(b.value) })
		if !same {
			t.Errorf("%q: %q, want %q", data, fast.fields, slow.fields)
		}
	})
}
