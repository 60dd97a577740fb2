package seal_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/seal"
)

func TestParseOldTakesOneValueALine(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"\n\r\n\n", nil},
		{"one", []string{"one"}},
		{"one\n", []string{"one"}},
		{"one\r\ntwo\r\n", []string{"one", "two"}},
		{"\none\n\ntwo\n\n", []string{"one", "two"}},
		{" one \n\ttwo", []string{" one ", "\ttwo"}},
		{"with, comma; and # sign", []string{"with, comma; and # sign"}},
		{"  \n", []string{"  "}},
		{"a\rb\r\r\n", []string{"a\rb\r"}},
	} {
		if got := seal.ParseOld(tc.text); !slices.Equal(got, tc.want) {
			t.Errorf("ParseOld(%q) = %q, want %q", tc.text, got, tc.want)
		}
	}
}

func TestFromFileTrimsOneLineEnd(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"": "", "\n": "", "\r\n": "", "value": "value", "value\n": "value", "value\r\n": "value",
		"value\n\n": "value\n", " value \n": " value ", "value\r": "value\r", "two\nlines\n": "two\nlines",
	} {
		if got := seal.FromFile([]byte(content)); got != want {
			t.Errorf("FromFile(%q) = %q, want %q", content, got, want)
		}
	}
}

func TestGeneratedValueIsStrongAndFresh(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		v := seal.Generate()
		if seen[v] || len(v) != 43 || seal.Weak(v) != "" {
			t.Fatalf("Generate gave %d characters, seen before: %v, warning %q", len(v), seen[v], seal.Weak(v))
		}
		if strings.Trim(v, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Fatal("Generate gave a character that needs quoting")
		}
		seen[v] = true
	}
}

func TestWeakValuesDrawAWarning(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"k":                                    "only 1 bytes",
		"hunter2":                              "only 7 bytes",
		"twenty-one characters":                "only 21 bytes",
		strings.Repeat("ab", 40):               "repeats",
		" correct horse battery staple":        "white space",
		"correct horse battery staple\n":       "white space",
		"correct horse battery staple":         "",
		"0123456789abcdef0123456789abcdef":     "",
		"Zm9vYmFyYmF6cXV4MTIzNA":               "",
		"\u00fcmlaut und Leerzeichen in Mitte": "",
	} {
		got := seal.Weak(value)
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("Weak(%q) = %q, want %q", value, got, want)
		}
		if strings.Contains(got, value) && value != "k" {
			t.Errorf("the warning shows the value: %q", got)
		}
	}
}

func TestWhiteSpaceIsPartOfTheValue(t *testing.T) {
	t.Parallel()
	data := mustSeal(t, newRing(t, newValue), binding, "payload")
	if _, err := newRing(t, newValue+" ").Open(binding, data); !errors.Is(err, seal.ErrUnknownKey) {
		t.Errorf("value with a space added: %v, want ErrUnknownKey", err)
	}
}
