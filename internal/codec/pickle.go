package codec

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	ogórek "github.com/kisielk/og-rek"
)

// isPickle tells a pickled dictionary by its opening: PROTO from protocol 2 on,
// and before it MARK or EMPTY_DICT, one of which every dictionary begins with.
func isPickle(data []byte) bool {
	return data[0] == opProto || data[0] == opMark || data[0] == opEmptyDict
}

func encodePickle(tree map[string]any, protocol int) ([]byte, error) {
	var standIn rune
	if protocol == 0 {
		standIn = hideReplacementChars(tree)
	}
	var buf bytes.Buffer
	enc := ogórek.NewEncoderWithConfig(&buf, &ogórek.EncoderConfig{
		Protocol:      protocol,
		StrictUnicode: true, // text is Python's str in every protocol, never bytes
	})
	if err := enc.Encode(tree); err != nil {
		return nil, err
	}
	if standIn == 0 {
		return buf.Bytes(), nil
	}
	return bytes.ReplaceAll(buf.Bytes(), fmt.Appendf(nil, `\u%04x`, standIn), []byte(`\ufffd`)), nil
}

func decodePickle(data []byte) (any, error) {
	if len(data) > MaxSize {
		return nil, tooLarge(len(data))
	}
	if err := checkPickle(data); err != nil {
		return nil, err
	}
	return ogórek.NewDecoderWithConfig(bytes.NewReader(data), &ogórek.DecoderConfig{StrictUnicode: true}).Decode()
}

// hideReplacementChars changes every U+FFFD in the tree to a character that is
// not in it and returns that; 0 when there is no U+FFFD. In protocol 0 the library takes
// U+FFFD for a sign of invalid UTF-8 and refuses it. The stand-in is above U+00FF,
// which protocol 0 writes as an escape, and no other backslash stays one, so that
// it can be found again in the pickle.
func hideReplacementChars(tree map[string]any) rune {
	found := false
	used := map[rune]bool{}
	eachText(tree, func(s string) string {
		for _, r := range s {
			if r == utf8.RuneError {
				found = true
			}
			if r > 0xff && r <= 0xffff {
				used[r] = true
			}
		}
		return s
	})
	if !found {
		return 0
	}
	standIn := rune(0xfdd0) // a noncharacter: hardly ever in use
	for used[standIn] {
		standIn--
	}
	if standIn < 0xe000 { // below are surrogates, which no text holds
		return 0 // thousands of them are in use: leave the refusal to the library
	}
	eachText(tree, func(s string) string {
		return strings.ReplaceAll(s, string(utf8.RuneError), string(standIn))
	})
	return standIn
}

// eachText replaces each text and each key in the tree by what f makes of it.
func eachText(v any, f func(string) string) any {
	switch v := v.(type) {
	case string:
		return f(v)
	case []any:
		for i := range v {
			v[i] = eachText(v[i], f)
		}
	case map[string]any:
		for _, key := range slices.Collect(maps.Keys(v)) {
			value := eachText(v[key], f)
			delete(v, key)
			v[f(key)] = value
		}
	}
	return v
}
