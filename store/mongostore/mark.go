package mongostore

import (
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A mark is what a write leaves in the documents that it has changed, so that a
// look afterwards tells who changed them: a bulk write returns only how many
// there were, and a write that the driver has repeated may meet its own work.
// No two writes have the same mark.
//
// It consists of the handle's random number (32 bits), the number of the write
// (31 bits), and a bit that says whether the write is a claim.
type mark int64

const claimBit = 1

func (s *Store) newMark() mark {
	return mark(uint64(s.handle)<<32 | uint64(s.counter.Add(1)<<1))
}

// of tells whether a mark is one of this handle's.
func (m mark) of(s *Store) bool { return uint32(uint64(m)>>32) == s.handle }

func (m mark) claim() mark   { return m | claimBit }
func (m mark) isClaim() bool { return m&claimBit != 0 }

// slots is the number of marks that a document keeps: the mark of the write
// that made revision n is there until revision n+slots.
const slots = 4

func slot(rev int64) string { return strconv.FormatInt(rev%slots, 10) }

// markedBy tells whether revision rev of a document was made by m, and whether
// the document can still tell.
func markedBy(raw bson.Raw, m mark, rev int64) (mine, known bool) {
	now, _ := raw.Lookup("rev").Int64OK()
	if now < rev || now >= rev+slots {
		return false, false
	}
	n, _ := raw.Lookup("by", slot(rev)).Int64OK()
	return mark(n) == m, true
}
