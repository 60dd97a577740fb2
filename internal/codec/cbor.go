package codec

import (
	"bytes"
	"fmt"
	"reflect"

	"github.com/fxamacker/cbor/v2"
)

// selfDescribed is tag 55799: it changes nothing in the meaning and tells CBOR
// from everything else.
const selfDescribed = "\xd9\xd9\xf7"

func isCBOR(data []byte) bool { return bytes.HasPrefix(data, []byte(selfDescribed)) }

var cborWriter = must(func() (cbor.EncMode, error) {
	opts := cbor.CoreDetEncOptions() // sorted keys, shortest forms: equal documents, equal bytes
	opts.BigIntConvert = cbor.BigIntConvertShortest
	return opts.EncMode()
})

var cborReader = must(cbor.DecOptions{
	DefaultMapType:   reflect.TypeFor[map[string]any](),
	DupMapKey:        cbor.DupMapKeyEnforcedAPF,
	BigIntDec:        cbor.BigIntDecodePointer,
	MaxNestedLevels:  MaxDepth,
	MaxArrayElements: MaxSize,
	MaxMapPairs:      MaxSize,
}.DecMode)

func must[T any](mode func() (T, error)) T {
	m, err := mode()
	if err != nil {
		panic(err) // only for options that contradict one another
	}
	return m
}

func encodeCBOR(tree map[string]any) ([]byte, error) {
	buf := bytes.NewBufferString(selfDescribed)
	if err := cborWriter.NewEncoder(buf).Encode(tree); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func decodeCBOR(data []byte) (any, error) {
	if len(data) > MaxSize {
		return nil, tooLarge(len(data))
	}
	var tree any
	if err := cborReader.Unmarshal(data[len(selfDescribed):], &tree); err != nil {
		return nil, fmt.Errorf("it is no plain data: %w", err)
	}
	return tree, nil
}
