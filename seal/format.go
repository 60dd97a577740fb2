package seal

import "encoding/hex"

const (
	magic         = "AZS"
	version       = 0x01
	suiteAES256   = 0x01
	idOffset      = 5
	headerSize    = idOffset + idSize // the part that is authenticated as it is
	nonceSize     = 12
	payloadOffset = headerSize + nonceSize
	tagSize       = 16
)

// Overhead is how many bytes longer a sealed message is than its plaintext.
const Overhead = payloadOffset + tagSize

const idSize = 4

// An ID names a key without telling it. It is not secret: every sealed message
// carries the ID of its key in the clear. Two keys may share an ID by accident.
type ID [idSize]byte

// String returns the ID as eight hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// IsSealed tells whether data bears the mark of a sealed message. It needs no
// key, and so doesn't say whether the message opens.
func IsSealed(data []byte) bool {
	return len(data) >= len(magic) && string(data[:len(magic)]) == magic
}

// KeyID reads the ID of the key that data was sealed with, without a key. It
// returns false when data is no sealed message that this version knows. Nothing
// is authenticated: only opening tells whether the ID is true.
func KeyID(data []byte) (ID, bool) {
	if checkHeader(data) != nil {
		return ID{}, false
	}
	return ID(data[idOffset:headerSize]), true
}

// checkHeader tells whether data could be opened with the right key.
func checkHeader(data []byte) error {
	switch {
	case !IsSealed(data):
		return ErrNotSealed
	case len(data) > 3 && data[3] != version:
		return unknownForm("version", data[3])
	case len(data) > 4 && data[4] != suiteAES256:
		return unknownForm("suite", data[4])
	case len(data) < Overhead:
		return cutShort(len(data))
	}
	return nil
}
