package command

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTailKeepsTheEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		limit  int
		writes []string
		text   string
		cut    int64
		line   string
	}{
		{4, nil, "", 0, ""},
		{4, []string{"abcd"}, "abcd", 0, "abcd"},
		{4, []string{"abc", "de"}, "bcde", 1, "bcde"},
		{4, []string{"abcdefgh", "i"}, "fghi", 5, "fghi"},
		{4, []string{"a", "bcdefgh"}, "efgh", 4, "efgh"},
		{64, []string{"one\ntwo\n", "\n \n"}, "one\ntwo\n\n \n", 0, "two"},
		{64, []string{"10%\r20%\r30%"}, "10%\r20%\r30%", 0, "30%"},
		{4, []string{"xé日"}, "日", 3, "日"}, // the cut goes through é
		{4, []string{"日日"}, "日", 3, "日"},  // the cut goes through 日, one byte of it left
		{64, []string{"a\xffb"}, "a\uFFFDb", 0, "a\uFFFDb"},
		{2, []string{"\x80\x80\x80\x80"}, "", 4, ""},
	} {
		b := &tail{limit: c.limit}
		for _, w := range c.writes {
			if n, err := b.Write([]byte(w)); n != len(w) || err != nil {
				t.Errorf("Write(%q) = %d, %v", w, n, err)
			}
		}
		if text, cut := b.text(); text != c.text || cut != c.cut {
			t.Errorf("the last %d of %q are %q after %d, want %q after %d", c.limit, c.writes, text, cut, c.text, c.cut)
		}
		if line := b.lastLine(); line != c.line {
			t.Errorf("the last line of %q is %q, want %q", c.writes, line, c.line)
		}
	}
}

func TestTailShortensALongLastLine(t *testing.T) {
	t.Parallel()
	b := &tail{limit: OutputLimit}
	_, _ = b.Write([]byte(strings.Repeat("é", 1000)))
	if line := b.lastLine(); line != strings.Repeat("é", 200)+"…" {
		t.Errorf("the last line is %q", line)
	}
}

// FuzzTail checks the property that the tail is the end of all that was written,
// whatever the pieces it came in, and that the text is UTF-8.
func FuzzTail(f *testing.F) {
	f.Add([]byte("hello, world"), uint8(5), uint8(3))
	f.Add([]byte("日本語"), uint8(4), uint8(1))
	f.Add([]byte{}, uint8(1), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, limit, step uint8) {
		b := &tail{limit: int(limit) + 1}
		for rest, n := data, int(step)+1; len(rest) > 0; n = n%97 + 1 { // pieces of varying size
			n := min(n, len(rest))
			if got, err := b.Write(rest[:n]); got != n || err != nil {
				t.Fatalf("Write of %d bytes = %d, %v", n, got, err)
			}
			rest = rest[n:]
		}
		want := data[max(0, len(data)-b.limit):]
		last, cut := b.bytes()
		if !bytes.Equal(last, want) || cut != int64(len(data)-len(want)) {
			t.Errorf("the last %d bytes of %q are %q after %d", b.limit, data, last, cut)
		}
		text, textCut := b.text()
		if !utf8.ValidString(text) || textCut < cut || textCut > cut+utf8.UTFMax-1 {
			t.Errorf("the text of %q is %q after %d", data, text, textCut)
		}
	})
}
