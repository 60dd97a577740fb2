package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// The opcodes that the checks below name.
const (
	opMark      = '('
	opStop      = '.'
	opEmptyDict = '}'
	opInt       = 'I'
	opLong      = 'L'
	opFloat     = 'F'
	opPut       = 'p'
	opBinput    = 'q'
	opLongput   = 'r'
	opMemoize   = 0x94
	opGet       = 'g'
	opBinget    = 'h'
	opLongget   = 'j'
	opProto     = 0x80
	opFrame     = 0x95
	opLong1     = 0x8a
)

// argument says what follows an opcode.
type argument uint8

const (
	nothing argument = iota
	byte1            // that many bytes
	byte2
	byte4
	byte8
	line  // up to LF
	data1 // a length of one byte, and as many bytes
	data4 // a length of four bytes, little-endian, and as many bytes
)

// opcode is one of those that plain data is made of.
type opcode struct {
	arg    argument
	scalar bool // it pushes a value that holds no other
}

var plainOpcodes = map[byte]opcode{
	opProto: {arg: byte1}, opFrame: {arg: byte8}, opMark: {}, opStop: {},
	// None, booleans, numbers
	'N': {scalar: true}, 0x88: {scalar: true}, 0x89: {scalar: true},
	opInt: {line, true}, opLong: {line, true}, opFloat: {line, true}, 'G': {byte8, true},
	'K': {byte1, true}, 'M': {byte2, true}, 'J': {byte4, true}, opLong1: {data1, true},
	// text
	'V': {line, true}, 'X': {data4, true}, 0x8c: {data1, true},
	// dictionaries, lists, tuples
	opEmptyDict: {}, 'd': {}, 's': {}, 'u': {},
	']': {}, 'l': {}, 'a': {}, 'e': {},
	')': {}, 't': {}, 0x85: {}, 0x86: {}, 0x87: {},
	// the memo
	opPut: {arg: line}, opBinput: {arg: byte1}, opLongput: {arg: byte4}, opMemoize: {},
	opGet: {line, true}, opBinget: {byte1, true}, opLongget: {byte4, true},
}

// refusedOpcodes are those that Python writes for what is not plain data, so
// that the error can say what was found.
var refusedOpcodes = map[byte]string{
	'c': "a class or function", 0x93: "a class or function", 'i': "an object", 'o': "an object",
	'R': "a call", 'b': "an object", 0x81: "an object", 0x92: "an object",
	'P': "a persistent id", 'Q': "a persistent id",
	0x82: "an extension", 0x83: "an extension", 0x84: "an extension",
	'S': "bytes", 'T': "bytes", 'U': "bytes", 'B': "bytes", 'C': "bytes", 0x8e: "bytes",
	0x96: "bytes", 0x97: "a buffer", 0x98: "a buffer",
	0x8f: "a set", 0x90: "a set", 0x91: "a set", 0x8b: "an integer of more than 255 bytes",
}

// read returns the argument that begins at data[pos] and where the next opcode is.
func (op opcode) read(data []byte, pos int) (arg []byte, next int, err error) {
	rest, size := data[pos:], 0
	switch op.arg {
	case byte1, byte2, byte4, byte8:
		size = 1 << (op.arg - byte1)
	case line:
		size = bytes.IndexByte(rest, '\n')
		if size < 0 {
			return nil, 0, errCut
		}
		return rest[:size], pos + size + 1, nil
	case data1:
		if len(rest) < 1 {
			return nil, 0, errCut
		}
		size, rest, pos = int(rest[0]), rest[1:], pos+1
	case data4:
		if len(rest) < 4 {
			return nil, 0, errCut
		}
		n := binary.LittleEndian.Uint32(rest)
		if uint64(n) > uint64(len(rest)) {
			return nil, 0, errCut
		}
		size, rest, pos = int(n), rest[4:], pos+4
	}
	if size > len(rest) {
		return nil, 0, errCut
	}
	return rest[:size], pos + size, nil
}

var errCut = errors.New("the argument of an opcode is cut short")
