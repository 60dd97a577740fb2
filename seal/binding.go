package seal

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"
)

// The kinds of what is sealed.
const (
	KindTask = "task" // a task's record
	KindRun  = "run"  // a row of the run history
	KindNode = "node" // what a node tells of itself
)

// A Binding says what a sealed message is and where it belongs. A message opens
// only for the very binding that it was sealed for.
//
// Kind is one of the Kind constants. Namespace is the place of the data, such as
// "sql/asyncz_store": a property of the data, which all who open it know by the
// same name. ID is unique within kind and namespace. Each part is any text of
// up to 65,535 bytes.
type Binding struct {
	Kind, Namespace, ID string
}

func (b Binding) check() error {
	for _, part := range [...]struct{ name, text string }{
		{"kind", b.Kind}, {"namespace", b.Namespace}, {"id", b.ID},
	} {
		if len(part.text) > math.MaxUint16 {
			return fmt.Errorf("%w: the %s of the binding has %d bytes, %d are allowed",
				ErrInvalid, part.name, len(part.text), math.MaxUint16)
		}
	}
	return nil
}

// appendTo appends the associated data that follows the header.
func (b Binding) appendTo(buf []byte) []byte {
	for _, part := range [...]string{b.Kind, b.Namespace, b.ID} {
		buf = binary.BigEndian.AppendUint16(buf, uint16(len(part)))
		buf = append(buf, part...)
	}
	return buf
}

// adBuffers keeps buffers for associated data: a local one would be allocated
// anew with each call, because it is handed to an interface.
var adBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 128); return &b }}
