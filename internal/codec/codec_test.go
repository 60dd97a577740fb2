package codec_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/internal/codec"
)

// all returns every codec and protocol.
func all(t testing.TB) []codec.Codec {
	t.Helper()
	list := []codec.Codec{mustNew(t, "json", nil), mustNew(t, "cbor", nil)}
	for p := range codec.HighestProtocol + 1 {
		list = append(list, mustNew(t, "pickle", &p))
	}
	return list
}

func mustNew(t testing.TB, name string, protocol *int) codec.Codec {
	t.Helper()
	c, err := codec.New(name, protocol)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// same tells whether two JSON documents mean the same: numbers by value, zeros
// by their sign too.
func same(t testing.TB, a, b []byte) bool {
	t.Helper()
	return equal(read(t, a), read(t, b))
}

func read(t testing.TB, doc []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%q: %v", doc, err)
	}
	return v
}

func equal(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		if !ok || a == b {
			return ok
		}
		x, okX := new(big.Rat).SetString(string(a))
		y, okY := new(big.Rat).SetString(string(b))
		return okX && okY && x.Cmp(y) == 0 && (x.Sign() != 0 || a[0] == b[0] || a[0] != '-' && b[0] != '-')
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k := range a {
			if other, ok := b[k]; !ok || !equal(a[k], other) {
				return false
			}
		}
		return true
	}
	return a == b
}

// documents are what every codec must bring back with the same meaning.
var documents = map[string]string{
	"empty":            `{}`,
	"literals":         `{"a":null,"b":true,"c":false}`,
	"small integers":   `{"n":[0,1,-1,127,128,255,256,65535,65536,-128,-129,-32769]}`,
	"32 bits":          `{"n":[2147483647,2147483648,-2147483648,-2147483649,4294967295,4294967296]}`,
	"beyond 2^53":      `{"n":[9007199254740991,9007199254740992,9007199254740993,-9007199254740993]}`,
	"64 bits":          `{"n":[9223372036854775807,-9223372036854775808,9223372036854775808,18446744073709551615]}`,
	"more than 64":     `{"n":[18446744073709551616,-9223372036854775809,-18446744073709551616,123456789012345678901234567890]}`,
	"4300 digits":      `{"n":[` + strings.Repeat("9", 4300) + `,-` + strings.Repeat("9", 4300) + `]}`,
	"floats":           `{"n":[0.5,-0.1,3.141592653589793,1e21,1e-7,1.5e300,1.7976931348623157e308,5e-324,0.30000000000000004]}`,
	"whole floats":     `{"n":[1.0,100.0,-2.50,1e2,1E+2,12e-1,0e5,0.0]}`,
	"zeros":            `{"n":[0,-0,0.0,-0.0,-0e-3]}`,
	"large whole":      `{"n":[1e22,123456789012345680000.0]}`,
	"Unicode":          `{"s":["é","ÿ","Ā","€","😀","` + "\u2028\u2029\ufeff\ufffd\uffff\U0010ffff" + `"]}`,
	"controls":         `{"s":"\u0000\u0001\n\r\t\b\f\u001a\u007f\u0080\u009f"}`,
	"quotes":           `{"s":["\"","'","\\","\\u0041","\\\\u0041","\\U0001fdd0","</script>&","a\\","\\x41"]}`,
	"escapes":          `{"s":["\u00e9","\ud83d\ude00","\u2028","\/"]}`,
	"half a pair":      `{"s":["\ud83d","\ude00x","\ud83d\ud83d"]}`,
	"replacement":      `{"\ufffd":"a\ufffdb","x":["\ufdd0\ufdcf","\ufffd\ufffd"]}`,
	"keys":             `{"":1,"\u0000":2," ":3,"é":4,"\"":5,"\n":6,"\\":7,"😀":8}`,
	"empty containers": `{"a":{},"b":[],"c":[[]],"d":{"":{}},"e":[{}]}`,
	"nested":           `{"a":[{"b":[{"c":[[[{"d":null}]]]}]}]}`,
	"many":             `{"n":[` + strings.Repeat("7,", 131_072) + `7]}`,
	"long text":        `{"s":"` + strings.Repeat("é", 100_000) + `","t":"` + strings.Repeat("x", 255) + `","u":"` + strings.Repeat("x", 256) + `"}`,
	"looks like codes": `{"c":"cos\nsystem\n","R":"R","s":"(S'echo'\ntR."}`,
	"repeated text":    `{"a":["one text","one text"],"one text":{"one text":"one text"}}`,
	"white space":      "{ \"a\" : [ 1 , 2 ] }",
}

func TestEveryDocumentComesBackWithItsMeaning(t *testing.T) {
	t.Parallel()
	for _, c := range all(t) {
		for name, doc := range documents {
			t.Run(c.String()+"/"+name, func(t *testing.T) {
				t.Parallel()
				data, err := codec.Encode(c, []byte(doc))
				if err != nil {
					t.Fatalf("Encode: %.300v", err)
				}
				got, err := codec.Decode(data)
				if err != nil {
					t.Fatalf("Decode: %.300v", err)
				}
				if !same(t, []byte(doc), got) {
					t.Errorf("wrote %.300s\nread  %.300s", doc, got)
				}
			})
		}
	}
}

func TestJSONIsTheVerySameBytes(t *testing.T) {
	t.Parallel()
	doc := []byte(`{ "n": 1.50 }`)
	var zero codec.Codec
	for _, c := range []codec.Codec{zero, mustNew(t, "json", nil), mustNew(t, "", nil)} {
		data, err := codec.Encode(c, doc)
		if err != nil || &data[0] != &doc[0] || len(data) != len(doc) {
			t.Errorf("Encode = %q, %v", data, err)
		}
	}
	got, err := codec.Decode(doc)
	if err != nil || &got[0] != &doc[0] || len(got) != len(doc) {
		t.Errorf("Decode = %q, %v", got, err)
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	protocol := func(p int) *int { return &p }
	for _, tc := range []struct {
		name     string
		protocol *int
		want     string // the codec, or what the error says
	}{
		{"", nil, "json"},
		{"json", nil, "json"},
		{"cbor", nil, "cbor"},
		{"pickle", nil, "pickle protocol 5"},
		{"pickle", protocol(0), "pickle protocol 0"},
		{"pickle", protocol(5), "pickle protocol 5"},
		{"pickle", protocol(6), "error: pickle_protocol 6; it can be 0 to 5"},
		{"pickle", protocol(-1), "error: pickle_protocol -1; it can be 0 to 5"},
		{"json", protocol(2), "error: pickle_protocol 2 goes with codec pickle, not with codec json"},
		{"", protocol(2), "error: pickle_protocol 2 goes with codec pickle, not with codec json"},
		{"cbor", protocol(9), "error: pickle_protocol 9 goes with codec pickle, not with codec cbor"},
		{"JSON", nil, `error: unknown codec "JSON"; known codecs are json, cbor, pickle`},
		{"msgpack", protocol(2), `error: unknown codec "msgpack"; known codecs are json, cbor, pickle`},
	} {
		c, err := codec.New(tc.name, tc.protocol)
		got := c.String()
		if err != nil {
			if !errors.Is(err, codec.ErrConfig) {
				t.Errorf("New(%q): %v is no ErrConfig", tc.name, err)
			}
			got = "error" + strings.TrimPrefix(err.Error(), codec.ErrConfig.Error())
		}
		if got != tc.want {
			t.Errorf("New(%q) = %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestWhatCannotBeKeptIsRefused(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { // n levels, the object included
		return `{"a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + `}`
	}
	for _, c := range all(t)[1:] {
		for doc, want := range map[string]string{
			`[1]`:                            "not a JSON object",
			`"text"`:                         "not a JSON object",
			``:                               "not JSON",
			`{"a":1`:                         "not JSON",
			`{"a":1}{}`:                      "more after the object",
			`{"a":NaN}`:                      "not JSON",
			`{"a":1e400}`:                    "1e400 does not fit into a float64",
			`{"a":1e-400}`:                   "1e-400 does not fit into a float64",
			`{"a":0.1000000000000000000001}`: "0.1000000000000000000001 does not fit",
			`{"a":9007199254740993.0}`:       "9007199254740993.0 does not fit",
			`{"a":1e99999999999999999999}`:   "does not fit",
			deep(1001):                       "nested deeper than 1000",
			strings.Repeat(`{"a":`, 1001) + `1` + strings.Repeat(`}`, 1001): "nested deeper than 1000",
			`{"a":` + strings.Repeat("9", 4301) + `}`:                       "4301 digits; at most 4300",
		} {
			data, err := codec.Encode(c, []byte(doc))
			if !errors.Is(err, codec.ErrDocument) || data != nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %.60s: %q, %.200v; want %q", c, doc, data, err, want)
			}
		}
		for _, doc := range []string{deep(1000), strings.Repeat(`{"a":`, 1000) + `1` + strings.Repeat(`}`, 1000)} {
			data, err := codec.Encode(c, []byte(doc))
			if err != nil {
				t.Fatalf("%s: 1000 levels: %v", c, err)
			}
			if got, err := codec.Decode(data); err != nil || !same(t, []byte(doc), got) {
				t.Errorf("%s: 1000 levels come back as %.60s, %v", c, got, err)
			}
		}
	}
}

func TestUnknownOpeningIsToldApart(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"", " ", "[1]", "null", "AZS\x01", "\xd9\xd9", "\xa1aa\x01", "garbage", "\x00", "]."} {
		if got, err := codec.Decode([]byte(data)); !errors.Is(err, codec.ErrUnknown) || got != nil {
			t.Errorf("Decode(%q) = %q, %v; want ErrUnknown", data, got, err)
		}
	}
}

func TestCutDataIsRefused(t *testing.T) {
	t.Parallel()
	doc := []byte(documents["Unicode"])
	for _, c := range all(t)[1:] {
		data, err := codec.Encode(c, doc)
		if err != nil {
			t.Fatal(err)
		}
		for n := range data {
			if got, err := codec.Decode(data[:n]); err == nil {
				t.Errorf("%s: cut to %d of %d bytes: %q", c, n, len(data), got)
			}
		}
		if got, err := codec.Decode(append(bytes.Clone(data), 'x')); !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("%s: a byte added: %q, %v", c, got, err)
		}
	}
}

func Example() {
	c, err := codec.New("cbor", nil)
	if err != nil {
		panic(err)
	}
	data, err := codec.Encode(c, []byte(`{"id":"backup","rev":7}`))
	fmt.Printf("%x %v\n", data, err)
	doc, err := codec.Decode(data)
	fmt.Printf("%s %v\n", doc, err)
	// Output:
	// d9d9f7a2626964666261636b75706372657607 <nil>
	// {"id":"backup","rev":7} <nil>
}
