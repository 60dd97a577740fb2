package redisstore

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/go-asyncz/asyncz/store"
	"github.com/redis/rueidis"
)

var errAnswer = errors.New("the server has given an answer that no script of asyncz gives")

// Add keeps a new record at revision 1.
func (s *Store) Add(ctx context.Context, r store.Record) error {
	return s.single(ctx, &store.Write{Op: store.OpAdd, Record: r})
}

// Update replaces the record that has r's id and revision.
func (s *Store) Update(ctx context.Context, r store.Record) error {
	return s.single(ctx, &store.Write{Op: store.OpUpdate, Record: r})
}

// Delete removes the record if it has the revision rev; 0 means any revision.
func (s *Store) Delete(ctx context.Context, id string, rev uint64) error {
	return s.single(ctx, &store.Write{Op: store.OpDelete, Record: store.Record{ID: id, Rev: rev}})
}

// single does one write.
func (s *Store) single(ctx context.Context, w *store.Write) error {
	result, err := s.one(ctx, w)
	return cmp.Or(err, result)
}

// one does one write in one round trip, by a script of its own: that for many
// takes the server a third longer. An error beside the result is that of the
// call, after which the write may or may not have been done.
func (s *Store) one(ctx context.Context, w *store.Write) (result, failure error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	value, err := prepare(w)
	if err != nil {
		return err, nil
	}
	r := &w.Record
	op := " AUD"[w.Op : w.Op+1]
	if w.Op == store.OpUpdate || w.Op == store.OpDelete && r.Rev != 0 {
		op = string(binary.BigEndian.AppendUint64([]byte(op), r.Rev))
	}
	low, high := "", ""
	if w.Op != store.OpDelete && !r.Due.IsZero() {
		label := "d" + r.Executor + "\x00"
		low, high = "["+label, "("+label+moment(r.Due)
	}
	args := []string{op, r.ID, rueidis.BinaryString(value), index(r), s.key.channel, low, high}
	said, err := s.do(ctx, false, func() rueidis.RedisResult {
		return oneScript.lua.Exec(ctx, s.link.get(), s.key.records, args)
	}).ToString()
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	return s.outcome(ctx, said, r.ID)
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
