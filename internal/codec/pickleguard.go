package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

var errShared = errors.New("it refers twice to one list or dictionary, or to one within itself")

// checkPickle walks over the opcodes without building anything, and refuses all
// but plain data: what names code, and what the library would read otherwise
// than Python does. Such are integers of LONG1 with 128 bytes or more, and
// references to a list, of which the library gives the state at the time of the
// memo. References to any container could, besides, stand for a document
// exponentially larger than the pickle, and those to texts for one that is
// quadratically larger, so that their sizes are counted.
func checkPickle(data []byte) error {
	memo := map[string]int{} // by the library's keys: what top was at the time
	top := container         // of the stack: the size of its scalar, or container
	repeated := 0            // bytes that references to texts stand for
	for pos := 0; pos < len(data); {
		code := data[pos]
		op, known := plainOpcodes[code]
		if !known {
			return refused(code, pos)
		}
		arg, next, err := op.read(data, pos+1)
		if err != nil {
			return fmt.Errorf("%w at byte %d", err, pos)
		}
		switch code {
		case opStop:
			if next != len(data) {
				return fmt.Errorf("%d bytes follow its end", len(data)-next)
			}
			return nil
		case opProto, opFrame: // they leave the stack alone
			if code == opProto && arg[0] > HighestProtocol {
				return fmt.Errorf("pickle protocol %d is not known; 0 to %d are", arg[0], HighestProtocol)
			}
		case opPut, opBinput, opLongput, opMemoize:
			memo[memoKey(code, arg, len(memo))] = top
		case opGet, opBinget, opLongget:
			if top = memo[memoKey(code, arg, 0)]; top == container {
				return fmt.Errorf("%w, at byte %d", errShared, pos)
			}
			if repeated += top; repeated > MaxSize {
				return fmt.Errorf("it stands for more than %d bytes", MaxSize)
			}
		case opInt, opLong, opFloat, opLong1:
			if len(arg) > maxNumberLen(code) {
				return fmt.Errorf("a number at byte %d has %d bytes; at most %d are read", pos, len(arg), maxNumberLen(code))
			}
			top = len(arg)
		default:
			if top = container; op.scalar {
				top = len(arg)
			}
		}
		pos = next
	}
	return errors.New("it ends before its STOP")
}

// container stands for the size of what is not a scalar.
const container = -1

func memoKey(code byte, arg []byte, next int) string {
	switch code {
	case opPut, opGet:
		return string(arg)
	case opBinput, opBinget:
		return strconv.Itoa(int(arg[0]))
	case opLongput, opLongget:
		return strconv.FormatUint(uint64(binary.LittleEndian.Uint32(arg)), 10)
	}
	return strconv.Itoa(next) // MEMOIZE numbers them itself
}

func maxNumberLen(code byte) int {
	if code == opLong1 {
		return 127
	}
	return MaxDigits + len("-L")
}

func refused(code byte, pos int) error {
	if what, ok := refusedOpcodes[code]; ok {
		return fmt.Errorf("it holds %s (opcode 0x%02x at byte %d); only plain data is read", what, code, pos)
	}
	return fmt.Errorf("opcode 0x%02x at byte %d is none of plain data", code, pos)
}
