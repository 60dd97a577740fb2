package cli

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	official "go.yaml.in/yaml/v3"
)

// Whatever a task's id or output holds comes through YAML as it came in JSON.
func TestYAMLSaysWhatJSONSays(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "yes", "no", "null", "~", "12:30", "2026-01-01", "2026-11-23T02:00:00Z", "0x1f", "0o7", "1e3", ".inf", "1_000", "+1", "<<", "=",
		"- a", "a: b", "a #b", "#x", "? a", "!x", "&a", "*a", "%", "@", "`", "|", ">", "{", "[", "'", `"`, `\n`, "  a  ", "key:",
		"a\tb", "a\nb\n", "\n", " \n a\n b", "x\r\ny", "\r", "trailing \n", "tab\n\tx\n", "\x00", "\x1b[31m", "\x7f", "\u0085", "\u2028", "\ufeff", "😀", "\u00a0",
	} {
		var form, out bytes.Buffer
		must(t, json.NewEncoder(&form).Encode(map[string]any{"z": s, "list": []any{s, map[string]any{s: s}}}))
		must(t, writeYAML(&out, form.Bytes()))
		var want, got any
		must(t, json.Unmarshal(form.Bytes(), &want))
		if err := official.Unmarshal(out.Bytes(), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v\n%s\ngot %#v", s, err, out.Bytes(), got)
		}
	}
}

func TestYAMLKeepsTheOrderOfKeysAndTheKindsOfNumbers(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	must(t, writeYAML(&out, []byte(`{"z":1,"a":{"y":1.5,"b":true},"n":null,"l":[{"q":1,"c":[1,2]},[],{}],"e":1e-9,"big":12345678901234567890}`)))
	want := "z: 1\na:\n  y: 1.5\n  b: true\nn: null\nl:\n  - q: 1\n    c:\n      - 1\n      - 2\n  - []\n  - {}\ne: 1e-9\nbig: 12345678901234567890\n"
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
	var back map[string]any // the library that reads our configuration files reads it too
	if err := yaml.Unmarshal([]byte(out.String()), &back); err != nil || back["z"] != uint64(1) {
		t.Errorf("%v %v", back, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
