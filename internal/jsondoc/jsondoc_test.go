package jsondoc_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/internal/jsondoc"
)

func FuzzADocumentIsWhatPackageJSONWrites(f *testing.F) {
	f.Add("", 0, uint64(0), int64(0), false)
	f.Add("a <b> & \"c\" \\ \u2028 \xff", -7, uint64(1<<63), int64(1e18), true)
	f.Fuzz(func(t *testing.T, text string, n int, u uint64, nanos int64, truth bool) {
		at := time.Unix(0, nanos).UTC()
		type form struct {
			Text, Text2 string
			N           int
			U           uint64
			At          time.Time
			Truth       bool
			List        []int
			Raw         json.RawMessage
			N2          int       `json:",omitempty"`
			At2         time.Time `json:",omitzero"`
			Text3       string    `json:",omitempty"`
		}
		want, err := json.Marshal(form{text, text + "!", n, u, at, truth, []int{n, n}, json.RawMessage("{}"), n, at, text})
		if err != nil {
			t.Fatal(err)
		}
		d := jsondoc.New(0)
		d.Open('{')
		d.Text("Text", text)
		d.Text("Text2", text+"!")
		d.Int("N", n)
		d.Uint("U", u)
		d.Time("At", at)
		d.Bool("Truth", truth)
		d.Value("List", []int{n, n})
		d.Raw("Raw", []byte("{}"))
		d.IntIfAny("N2", n)
		d.TimeIfAny("At2", at)
		d.TextIfAny("Text3", text)
		d.Close('}')
		if got, err := d.Bytes(); err != nil || string(got) != string(want) {
			t.Errorf("%s, %v\nwant %s", got, err, want)
		}
	})
}

func TestTheFirstErrorStays(t *testing.T) {
	t.Parallel()
	d := jsondoc.New(0)
	d.Open('{')
	d.Value("a", func() {})
	d.Time("b", time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC))
	d.Text("c", "good")
	d.Close('}')
	var unsupported *json.UnsupportedTypeError
	if _, err := d.Bytes(); !errors.As(err, &unsupported) {
		t.Errorf("got %v", err)
	}
}
