package filestore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// A segment of a history is a sequence of marks, each of which is
//
//	0   3  A5 "AZ", by which the next mark is found after damage
//	3   1  "R": a row; "T": rows before it went
//	4   4  length of the body
//	8   4  CRC-32C of the kind, the length and the body
//	12     the body
//
// with big-endian numbers. The body of a row has its fire and its end in
// microseconds since 1970, 8 bytes each, the length of its task in 2 bytes, the
// task and the data. The body of a T has the number of the first segment that
// counts, and of the last row that went the end, the fire and the task.
const (
	markMagic = "\xa5AZ"
	markRow   = 'R'
	markTrim  = 'T'
	markHead  = len(markMagic) + 1 + 4 + 4
	rowHead   = 8 + 8 + 2
	trimHead  = 8 + 8 + 8
	maxRow    = 64 << 20 // bytes of data of a row
)

// A rowKey is what identifies a row of a history, and its place in the order.
type rowKey struct {
	ended, fire int64
	task        string
}

// noRow comes before all rows.
var noRow = rowKey{ended: math.MinInt64, fire: math.MinInt64}

// A trim tells which of the rows and segments before it went.
type trim struct {
	floor uint64 // number of the first segment that counts
	last  rowKey // the last row that went
}

func keyOf(e store.RunEntry) rowKey {
	return rowKey{e.Ended.UnixMicro(), e.Fire.UnixMicro(), e.Task}
}

func appendRow(b []byte, e store.RunEntry) []byte {
	k := keyOf(e)
	start := len(b)
	b = slices.Grow(b, markHead+rowHead+len(e.Task)+len(e.Data))
	b = append(b, make([]byte, markHead)...)
	b = binary.BigEndian.AppendUint64(b, uint64(k.fire))
	b = binary.BigEndian.AppendUint64(b, uint64(k.ended))
	b = binary.BigEndian.AppendUint16(b, uint16(len(e.Task)))
	b = append(b, e.Task...)
	b = append(b, e.Data...)
	return seal(b, start, markRow)
}

func appendTrim(b []byte, t trim) []byte {
	start := len(b)
	b = append(b, make([]byte, markHead)...)
	b = binary.BigEndian.AppendUint64(b, t.floor)
	b = binary.BigEndian.AppendUint64(b, uint64(t.last.ended))
	b = binary.BigEndian.AppendUint64(b, uint64(t.last.fire))
	b = append(b, t.last.task...)
	return seal(b, start, markTrim)
}

// seal writes the head of the mark that begins at start.
func seal(b []byte, start int, kind byte) []byte {
	m := b[start:]
	copy(m, markMagic)
	m[3] = kind
	binary.BigEndian.PutUint32(m[4:], uint32(len(m)-markHead))
	binary.BigEndian.PutUint32(m[8:], markSum(m))
	return b
}

func markSum(m []byte) uint32 {
	return crc32.Update(crc32.Checksum(m[3:8], castagnoli), castagnoli, m[markHead:])
}

// firstMark returns the mark that b begins with, or nil when it begins with none.
func firstMark(b []byte) []byte {
	if len(b) < markHead || string(b[:3]) != markMagic {
		return nil
	}
	n := uint64(markHead) + uint64(binary.BigEndian.Uint32(b[4:]))
	if n > uint64(len(b)) {
		return nil
	}
	m := b[:n:n]
	body := len(m) - markHead
	sound := m[3] == markRow && body >= rowHead && body >= rowHead+int(binary.BigEndian.Uint16(m[markHead+16:])) ||
		m[3] == markTrim && body >= trimHead
	if !sound || binary.BigEndian.Uint32(m[8:]) != markSum(m) {
		return nil
	}
	return m
}

// readRow takes the mark of a row apart; the data is a part of m.
func readRow(m []byte) (k rowKey, data []byte) {
	body := m[markHead:]
	n := rowHead + int(binary.BigEndian.Uint16(body[16:]))
	k = rowKey{fire: int64(binary.BigEndian.Uint64(body)), ended: int64(binary.BigEndian.Uint64(body[8:])), task: string(body[rowHead:n])}
	return k, body[n:]
}

func readTrim(m []byte) trim {
	body := m[markHead:]
	return trim{binary.BigEndian.Uint64(body), rowKey{int64(binary.BigEndian.Uint64(body[8:])), int64(binary.BigEndian.Uint64(body[16:])), string(body[trimHead:])}}
}

func (k rowKey) entry(log string, data []byte) store.RunEntry {
	return store.RunEntry{Log: log, Task: k.task, Fire: time.UnixMicro(k.fire).UTC(), Ended: time.UnixMicro(k.ended).UTC(), Data: data}
}

// A gap is a part of a segment in which there are no marks.
type gap struct{ from, to int64 }

// scan calls found for each mark in a part of a segment that begins at the given
// place. It returns the gaps that are damage, and whether the part ends with a
// mark: what a writer left that died in its middle is no damage, but nothing must
// be written after it.
func scan(part []byte, at int64, found func(at int64, mark []byte)) (damage []gap, whole bool) {
	for len(part) > 0 {
		if m := firstMark(part); m != nil {
			found(at, m)
			part, at = part[len(m):], at+int64(len(m))
			continue
		}
		n := nextMark(part)
		if n == len(part) && torn(part) {
			return damage, false
		}
		damage = append(damage, gap{at, at + int64(n)})
		if n == len(part) {
			return damage, false
		}
		part, at = part[n:], at+int64(n)
	}
	return damage, true
}

// nextMark returns where the next mark after the beginning of b begins, or its length.
func nextMark(b []byte) int {
	for i := 1; i < len(b); i++ {
		n := bytes.Index(b[i:], []byte(markMagic))
		if n < 0 {
			break
		}
		if i += n; firstMark(b[i:]) != nil {
			return i
		}
	}
	return len(b)
}

// torn tells whether b is what remains of a write that was cut short: the
// beginning of a mark, or the zeros of a file that had grown before its content came.
func torn(b []byte) bool {
	if len(bytes.Trim(b, "\x00")) == 0 {
		return true
	}
	if len(b) < markHead {
		n := min(len(b), len(markMagic))
		return string(b[:n]) == markMagic[:n]
	}
	return string(b[:3]) == markMagic && (b[3] == markRow || b[3] == markTrim) && uint64(len(b)) < uint64(markHead)+uint64(binary.BigEndian.Uint32(b[4:]))
}

var errNoRow = errors.New("the row is not there as it was written")

// checkRows returns an error that wraps ErrInvalid when a row can't be kept.
func checkRows(entries []store.RunEntry) error {
	for i := range entries {
		e := &entries[i]
		if err := store.CheckRun(*e); err != nil {
			return err
		}
		if len(e.Data) > maxRow {
			return fmt.Errorf("%w: the data of a run of %q has %d bytes, %d are allowed", store.ErrInvalid, e.Task, len(e.Data), maxRow)
		}
	}
	return nil
}
