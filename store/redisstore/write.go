package redisstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-asyncz/asyncz/store"
	"github.com/redis/rueidis"
)

// One call of the script does at most so many writes of so many bytes, lest the
// server be kept from its other clients for long: 1000 take it some 3 ms.
const (
	batchWrites = 1000
	batchBytes  = 4 << 20
)

var errAnswer = errors.New("the server has given an answer that no script of asyncz gives")

// Add keeps a new record at revision 1.
func (s *Store) Add(ctx context.Context, r store.Record) error {
	return s.one(ctx, store.Write{Op: store.OpAdd, Record: r})
}

// Update replaces the record that has r's id and revision.
func (s *Store) Update(ctx context.Context, r store.Record) error {
	return s.one(ctx, store.Write{Op: store.OpUpdate, Record: r})
}

// Delete removes the record if it has the revision rev; 0 means any revision.
func (s *Store) Delete(ctx context.Context, id string, rev uint64) error {
	return s.one(ctx, store.Write{Op: store.OpDelete, Record: store.Record{ID: id, Rev: rev}})
}

func (s *Store) one(ctx context.Context, w store.Write) error {
	results, err := s.Batch(ctx, []store.Write{w})
	if err != nil {
		return err
	}
	return results[0]
}

// Batch does the writes in parts of up to a thousand, each in one round trip and
// one atomic step.
func (s *Store) Batch(ctx context.Context, writes []store.Write) ([]error, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	results := make([]error, len(writes))
	var p part
	for i := range writes {
		value, err := prepare(&writes[i])
		if err != nil {
			results[i] = err
			continue
		}
		if p.full(len(value)) {
			if err := s.send(ctx, &p, writes, results); err != nil {
				return nil, err
			}
			p = part{}
		}
		p.add(i, &writes[i], value)
	}
	if err := s.send(ctx, &p, writes, results); err != nil {
		return nil, err
	}
	return results, nil
}

// prepare checks a write and returns the value that it is to leave.
func prepare(w *store.Write) ([]byte, error) {
	r := &w.Record
	switch w.Op {
	case store.OpAdd:
		if err := errors.Join(store.CheckID(r.ID), check(r)); err != nil {
			return nil, err
		}
		return encode(r, 1), nil
	case store.OpUpdate:
		if err := check(r); err != nil {
			return nil, err
		}
		return encode(r, r.Rev+1), nil
	case store.OpDelete:
		return nil, nil
	default:
		return nil, fmt.Errorf("%w: %q: there is no operation %d", store.ErrInvalid, r.ID, w.Op)
	}
}

// A part is the writes of one call of the script.
type part struct {
	indices []int
	bytes   int
	args    []string
	// soonest are the earliest due times that the writes set, by label.
	soonest map[string]string
}

func (p *part) full(more int) bool {
	return len(p.indices) == batchWrites || len(p.indices) > 0 && p.bytes+more > batchBytes
}

func (p *part) add(i int, w *store.Write, value []byte) {
	p.indices = append(p.indices, i)
	p.bytes += len(value)
	rev := ""
	if w.Op == store.OpUpdate || w.Record.Rev != 0 {
		rev = string(binary.BigEndian.AppendUint64(nil, w.Record.Rev))
	}
	p.args = append(p.args, " AUD"[w.Op:w.Op+1], w.Record.ID, rev, rueidis.BinaryString(value), index(&w.Record))
	if w.Op == store.OpDelete || w.Record.Due.IsZero() {
		return
	}
	at := moment(w.Record.Due)
	if now, ok := p.soonest[w.Record.Executor]; !ok || at < now {
		if p.soonest == nil {
			p.soonest = map[string]string{}
		}
		p.soonest[w.Record.Executor] = at
	}
}

// send does the writes of a part and sets their results.
func (s *Store) send(ctx context.Context, p *part, writes []store.Write, results []error) error {
	if len(p.indices) == 0 {
		return nil
	}
	args := make([]string, 0, 2+2*len(p.soonest)+len(p.args))
	args = append(args, s.key.channel, strconv.Itoa(len(p.soonest)))
	for label, at := range p.soonest {
		args = append(args, label, at)
	}
	answer, err := s.run(ctx, batchScript, s.key.records, append(args, p.args...)...)
	if err != nil {
		return err
	}
	if len(answer) != len(p.indices) {
		return errAnswer
	}
	for k, i := range p.indices {
		outcome, err := answer[k].ToString()
		if err != nil {
			return err
		}
		if results[i], err = s.outcome(ctx, outcome, writes[i].Record.ID); err != nil {
			return err
		}
	}
	return nil
}

var outcomes = map[string]error{
	"exists": store.ErrExists, "missing": store.ErrNotFound, "conflict": store.ErrConflict, "corrupt": store.ErrCorrupt,
}

// outcome turns what the script says of a write into its result.
func (s *Store) outcome(ctx context.Context, said, id string) (result, failure error) {
	switch said {
	case "ok":
		return nil, nil
	case "removed":
		return nil, s.sweep(ctx, id)
	}
	err, known := outcomes[said]
	if !known {
		return nil, errAnswer
	}
	return fmt.Errorf("%w: %q", err, id), nil
}
