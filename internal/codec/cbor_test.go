package codec_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/internal/codec"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The encodings are those of RFC 8949, appendix A, each within {"n": …}.
func TestCBORIsThatOfTheRFC(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ json, cbor string }{
		{`0`, "00"}, {`23`, "17"}, {`24`, "1818"}, {`1000000`, "1a000f4240"},
		{`1000000000000`, "1b000000e8d4a51000"},
		{`18446744073709551615`, "1bffffffffffffffff"},
		{`18446744073709551616`, "c249010000000000000000"},
		{`-18446744073709551616`, "3bffffffffffffffff"},
		{`-18446744073709551617`, "c349010000000000000000"},
		{`-1`, "20"}, {`-1000`, "3903e7"},
		{`-0.0`, "f98000"}, {`1.0`, "f93c00"}, {`1.1`, "fb3ff199999999999a"}, {`65504.0`, "f97bff"},
		{`100000.0`, "fa47c35000"}, {`5.960464477539063e-8`, "f90001"}, {`1.0e+300`, "fb7e37e43c8800759c"},
		{`false`, "f4"}, {`true`, "f5"}, {`null`, "f6"},
		{`""`, "60"}, {`"IETF"`, "6449455446"}, {`"\"\\"`, "62225c"}, {`"ü"`, "62c3bc"}, {`"水"`, "63e6b0b4"},
		{`[]`, "80"}, {`[1,[2,3],[4,5]]`, "8301820203820405"}, {`{}`, "a0"}, {`{"b":[2,3],"a":1}`, "a26161016162820203"},
	} {
		doc := []byte(`{"n":` + tc.json + `}`)
		want := unhex(t, "d9d9f7 a1 616e"+tc.cbor)
		got, err := codec.Encode(mustNew(t, "cbor", nil), doc)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s encodes to %x, %v; want %x", doc, got, err, want)
		}
		back, err := codec.Decode(want)
		if err != nil || !same(t, doc, back) {
			t.Errorf("%x decodes to %s, %v; want %s", want, back, err, doc)
		}
	}
}

func TestCBORRefusesAllButPlainData(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"an array":           "d9d9f7 80",
		"a number":           "d9d9f7 01",
		"nothing":            "d9d9f7",
		"bytes":              "d9d9f7 a1 616e 4161",
		"a time":             "d9d9f7 a1 616e c1 1a514b67b0",
		"a time as text":     "d9d9f7 a1 616e c0 74323031332d30332d32315432303a30343a30305a",
		"an unknown tag":     "d9d9f7 a1 616e d903e7 01",
		"NaN":                "d9d9f7 a1 616e f97e00",
		"infinity":           "d9d9f7 a1 616e f97c00",
		"a number as key":    "d9d9f7 a1 01 01",
		"bytes as key":       "d9d9f7 a1 4161 01",
		"one key twice":      "d9d9f7 a2 6161 01 6161 02",
		"text not UTF-8":     "d9d9f7 a1 616e 61ff",
		"key not UTF-8":      "d9d9f7 a1 61ff 01",
		"a huge array":       "d9d9f7 a1 616e 9b00000000ffffffff",
		"a huge map":         "d9d9f7 bb00000000ffffffff",
		"a huge text":        "d9d9f7 a1 616e 7b7fffffffffffffff",
		"more after the end": "d9d9f7 a0 a0",
		"1001 levels":        "d9d9f7 a1 616e" + strings.Repeat("81", 1000) + "01",
		"100,000 levels":     "d9d9f7 a1 616e" + strings.Repeat("81", 100_000) + "01",
		"a long integer":     "d9d9f7 a1 616e c2 590800" + strings.Repeat("ff", 2048),
	} {
		if got, err := codec.Decode(unhex(t, data)); !errors.Is(err, codec.ErrMalformed) || got != nil {
			t.Errorf("%s: %.100s, %v; want ErrMalformed", name, got, err)
		}
	}
}
