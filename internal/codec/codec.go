// Package codec turns the state of a record, which the engine writes as a JSON
// object, into the bytes that a store keeps, and back.
//
// Three codecs write: json keeps the document as it is, cbor (RFC 8949) is
// smaller, and pickle makes what any Python reads as plain dicts, lists, strings,
// numbers, booleans and None. [Decode] reads all three whatever codec is
// configured, because each tells itself by its first bytes: the codec of a store
// can be changed at any time, and each record follows with its next write.
//
// Text and numbers come back with their value, not with their spelling: 1.50 is
// 1.5 after cbor and pickle. What could not come back so, such as a number with
// more digits than a float64 holds, is refused by [Encode]; see [ErrDocument].
// An escape of half a surrogate pair is U+FFFD, as package encoding/json has it.
//
// Reading executes nothing: there is no class, no function and no reference in
// what is accepted, and anything else is refused before it is built.
package codec

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrConfig: there is no such codec, or not with this protocol.
	ErrConfig = errors.New("codec configuration")
	// ErrUnknown: the bytes are of no codec that this version knows.
	ErrUnknown = errors.New("the data is of no known codec")
	// ErrMalformed: the bytes begin as those of a codec and are not a record's
	// state: cut, changed, or made by something that kept more than plain data.
	ErrMalformed = errors.New("the data can't be decoded")
	// ErrDocument: the codec can't keep this document as it is.
	ErrDocument = errors.New("the codec can't keep this document")
)

const (
	// MaxSize is the size in bytes of the largest document, and of its largest
	// encoding, that cbor and pickle handle: it bounds the memory that hostile
	// bytes can ask for.
	MaxSize = 64 << 20
	// MaxDepth is how deep objects and arrays may be nested in cbor and pickle,
	// the outermost included.
	MaxDepth = 1000
	// MaxDigits is the length of the longest integer in cbor and pickle: what
	// Python turns into an int unless told otherwise.
	MaxDigits = 4300
)

// HighestProtocol is the highest pickle protocol, which is also the default.
const HighestProtocol = 5

type format uint8

const (
	formatJSON format = iota
	formatCBOR
	formatPickle
)

var names = [...]string{formatJSON: "json", formatCBOR: "cbor", formatPickle: "pickle"}

// A Codec says how documents are written. The zero Codec is json.
type Codec struct {
	format   format
	protocol int // of pickle
}

// New returns the codec of a store's configuration: codec, which is json when
// name is empty, and pickle_protocol, which is [HighestProtocol] when nil and
// goes with the codec pickle only. Errors are ErrConfig.
func New(name string, pickleProtocol *int) (Codec, error) {
	c := Codec{protocol: HighestProtocol}
	switch name {
	case "", names[formatJSON]:
		c.format = formatJSON
	case names[formatCBOR]:
		c.format = formatCBOR
	case names[formatPickle]:
		c.format = formatPickle
	default:
		return Codec{}, fmt.Errorf("%w: unknown codec %q; known codecs are %s", ErrConfig, name, strings.Join(names[:], ", "))
	}
	switch {
	case c.format != formatPickle && pickleProtocol != nil:
		return Codec{}, fmt.Errorf("%w: pickle_protocol %d goes with codec pickle, not with codec %s",
			ErrConfig, *pickleProtocol, names[c.format])
	case c.format != formatPickle:
		return Codec{format: c.format}, nil
	case pickleProtocol == nil:
		return c, nil
	case *pickleProtocol < 0 || *pickleProtocol > HighestProtocol:
		return Codec{}, fmt.Errorf("%w: pickle_protocol %d; it can be 0 to %d", ErrConfig, *pickleProtocol, HighestProtocol)
	}
	c.protocol = *pickleProtocol
	return c, nil
}

// String returns the codec's name, such as "cbor" or "pickle protocol 2".
func (c Codec) String() string {
	if c.format == formatPickle {
		return fmt.Sprintf("pickle protocol %d", c.protocol)
	}
	return names[c.format]
}

// Encode returns doc, which must be a JSON object, as c writes it. The codec json
// returns doc itself and looks at nothing; the others return new memory, or
// ErrDocument.
func Encode(c Codec, doc []byte) ([]byte, error) {
	if c.format == formatJSON {
		return doc, nil
	}
	tree, err := parse(doc)
	if err != nil {
		return nil, fmt.Errorf("%w: codec %s: %w", ErrDocument, c, err)
	}
	var data []byte
	if c.format == formatCBOR {
		data, err = encodeCBOR(tree)
	} else {
		data, err = encodePickle(tree, c.protocol)
	}
	if err == nil && len(data) > MaxSize {
		err = tooLarge(len(data))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: codec %s: %w", ErrDocument, c, err)
	}
	return data, nil
}

// Decode returns the JSON object that data was made of, whatever codec made it.
// JSON comes back as the very same bytes, unread; other documents are new memory,
// with their keys sorted. It returns ErrUnknown or ErrMalformed.
func Decode(data []byte) ([]byte, error) {
	var (
		tree any
		err  error
		from format
	)
	switch {
	case len(data) == 0:
		return nil, fmt.Errorf("%w: it is empty", ErrUnknown)
	case data[0] == '{':
		return data, nil
	case isCBOR(data):
		from = formatCBOR
		tree, err = decodeCBOR(data)
	case isPickle(data):
		from = formatPickle
		tree, err = decodePickle(data)
	default:
		return nil, fmt.Errorf("%w: it begins with % x; known codecs are %s",
			ErrUnknown, data[:min(len(data), 4)], strings.Join(names[:], ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrMalformed, names[from], err)
	}
	doc, err := render(tree)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrMalformed, names[from], err)
	}
	return doc, nil
}

func tooLarge(size int) error {
	return fmt.Errorf("%d bytes; at most %d are allowed", size, MaxSize)
}
