package filestore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-asyncz/asyncz/store"
)

// A task file is one line of JSON, for people and for the index, and then the
// record's data as it is:
//
//	{"format":1,"id":"backup","due":"2026-03-08T07:30:00.000000Z","executor":"default","rev":3,"size":512,"crc32c":"e3069283"}
//
// The checksum covers the line up to its own comma, and the data. The line is in
// one spelling only: what decode accepts, encode writes back byte for byte.
const (
	formatVersion = 1
	dueLayout     = "2006-01-02T15:04:05.000000Z"
	sumOpen       = `,"crc32c":"`
	sumClose      = `"}`
	sumLen        = len(sumOpen) + 8 + len(sumClose)
	maxHeaderLen  = 64 << 10
	maxFileSize   = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type header struct {
	Format   int    `json:"format"`
	ID       string `json:"id"`
	Due      string `json:"due,omitempty"`
	Executor string `json:"executor"`
	Rev      uint64 `json:"rev"`
	Size     int    `json:"size"`
}

// encode returns the content of the record's file, or an error that wraps
// ErrInvalid when the record can't be kept.
func encode(r store.Record) ([]byte, error) {
	if err := check(r); err != nil {
		return nil, err
	}
	line, err := headerLine(r)
	if err != nil {
		return nil, err
	}
	if len(line)+sumLen > maxHeaderLen || len(line)+sumLen+len(r.Data) >= maxFileSize {
		return nil, fmt.Errorf("%w: task %q is too large: %d bytes of data, %d of executor; a file may have %d bytes, %d of them before the data",
			store.ErrInvalid, r.ID, len(r.Data), len(r.Executor), maxFileSize, maxHeaderLen)
	}
	file := make([]byte, 0, len(line)+sumLen+1+len(r.Data))
	file = append(file, line...)
	file = append(file, sumOpen...)
	file = fmt.Appendf(file, "%08x", checksum(line, r.Data))
	file = append(file, sumClose...)
	file = append(file, '\n')
	return append(file, r.Data...), nil
}

// check says what else than its size keeps a record from being written.
func check(r store.Record) error {
	if err := store.CheckID(r.ID); err != nil {
		return err
	}
	if !utf8.ValidString(r.Executor) {
		return fmt.Errorf("%w: the executor %q of task %q is not UTF-8", store.ErrInvalid, r.Executor, r.ID)
	}
	if y := r.Due.UTC().Year(); y < 1 || y > 9999 {
		return fmt.Errorf("%w: task %q is due in the year %d; 1 to 9999 are allowed", store.ErrInvalid, r.ID, y)
	}
	return nil
}

// headerLine returns the first line up to the checksum.
func headerLine(r store.Record) ([]byte, error) {
	h := header{Format: formatVersion, ID: r.ID, Executor: r.Executor, Rev: r.Rev, Size: len(r.Data)}
	if due := cut(r.Due); !due.IsZero() {
		h.Due = due.Format(dueLayout)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(h); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("}\n")), nil
}

// cut brings a time to what a file can hold: UTC, to the microsecond.
func cut(t time.Time) time.Time {
	return t.UTC().Truncate(time.Microsecond)
}

func checksum(line, data []byte) uint32 {
	return crc32.Update(crc32.Checksum(line, castagnoli), castagnoli, data)
}

// decode reads a task file. The record's data is a part of file. Beside an
// error the record holds the id that the file claims, if it has one.
func decode(file []byte) (store.Record, error) {
	line, _, found := bytes.Cut(file[:min(len(file), maxHeaderLen)], []byte{'\n'})
	if !found {
		return store.Record{}, errors.New("it has no header line")
	}
	data := file[len(line)+1:]
	var h header
	if err := json.Unmarshal(line, &h); err != nil {
		return store.Record{}, fmt.Errorf("its first line is not a header: %w", err)
	}
	known := store.Record{ID: h.ID}
	if h.Format != formatVersion {
		return known, fmt.Errorf("its format is %d; this program reads format %d", h.Format, formatVersion)
	}
	if h.Size != len(data) {
		return known, fmt.Errorf("it has %d bytes of data instead of %d", len(data), h.Size)
	}
	sum, line, err := splitSum(line)
	if err != nil {
		return known, err
	}
	if got := checksum(line, data); got != sum {
		return known, fmt.Errorf("its checksum is %08x instead of %08x", got, sum)
	}
	r, err := h.record(line, data)
	if err != nil {
		return known, err
	}
	return r, nil
}

// splitSum takes the checksum off the end of the header line.
func splitSum(line []byte) (sum uint32, rest []byte, err error) {
	if len(line) < sumLen {
		return 0, nil, errors.New("its header has no checksum")
	}
	rest, tail := line[:len(line)-sumLen], line[len(line)-sumLen:]
	digits, opens := bytes.CutPrefix(tail, []byte(sumOpen))
	digits, closes := bytes.CutSuffix(digits, []byte(sumClose))
	n, err := strconv.ParseUint(string(digits), 16, 32)
	if !opens || !closes || err != nil || fmt.Sprintf("%08x", n) != string(digits) {
		return 0, nil, errors.New("its header does not end with a checksum")
	}
	return uint32(n), rest, nil
}

// record turns the header into the record that was written, and refuses what
// encode would not have written.
func (h header) record(line, data []byte) (store.Record, error) {
	r := store.Record{ID: h.ID, Executor: h.Executor, Rev: h.Rev, Data: data[:len(data):len(data)]}
	if h.Due != "" {
		due, err := time.Parse(dueLayout, h.Due)
		if err != nil {
			return r, fmt.Errorf("its due time %q is not of the form %s", h.Due, dueLayout)
		}
		r.Due = due
	}
	if h.Rev == 0 {
		return r, errors.New("its revision is 0")
	}
	if err := check(r); err != nil {
		return r, err
	}
	again, err := headerLine(r)
	if err != nil {
		return r, err
	}
	if !bytes.Equal(line, again) {
		return r, errors.New("its header is not spelled as this program spells it")
	}
	return r, nil
}
