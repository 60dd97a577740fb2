package trigger

import "encoding/json"

// splitObject finds the keys and values of an object whose keys have no escapes,
// in a fraction of the time that a decoder takes: each task that a process did not
// write itself has a trigger to be read. It leaves all else to decodeObject, what is
// wrong as well.
//
// The values are parts of data.
func splitObject(data []byte) (*object, bool) {
	if !json.Valid(data) {
		return nil, false
	}
	rest := pastBlanks(data)
	if rest[0] != '{' {
		return nil, false
	}
	o := &object{fields: make([]field, 0, 4)}
	for rest = pastBlanks(rest[1:]); rest[0] != '}'; rest = pastBlanks(rest) {
		if rest[0] == ',' {
			rest = pastBlanks(rest[1:])
		}
		n := valueLen(rest)
		name := rest[:n]
		rest = pastBlanks(pastBlanks(rest[n:])[1:]) // past the colon
		if n = valueLen(rest); !plain(name) || len(o.fields) == maxFields {
			return nil, false
		}
		key := string(name[1 : len(name)-1])
		if o.names(key) {
			return nil, false
		}
		o.fields = append(o.fields, field{key, rest[:n:n]})
		rest = rest[n:]
	}
	return o, true
}

// pastBlanks takes away what may stand between the parts of JSON.
func pastBlanks(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t' || b[0] == '\r' || b[0] == '\n') {
		b = b[1:]
	}
	return b
}

// valueLen is the length of the value with which valid JSON goes on.
func valueLen(b []byte) int {
	depth := 0
	for i := 0; ; i++ {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // the end of what a number or a word stands in
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
	}
}
