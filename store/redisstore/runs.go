package redisstore

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/redis/rueidis"
)

// A history is a hash, each field of which is a row's place among all:
//
//	end task NUL fire
//
// and an index as that of the records, with three entries for a row, so that the
// rows of one task, and of one of its fires, are found without passing others:
//
//	"a" end task NUL fire
//	"t" task NUL end fire
//	"f" task NUL fire end
//
// End and fire are moments of 8 bytes.
const runsPage = 500

// AppendRuns adds rows, up to a thousand of one history in one step.
func (s *Store) AppendRuns(ctx context.Context, entries []store.RunEntry) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	parts, err := runParts(entries)
	if err != nil {
		return err
	}
	for _, p := range parts {
		err := s.do(ctx, false, func() rueidis.RedisResult {
			return appendScript.lua.Exec(ctx, s.link.get(), s.key.history(p.log), p.args)
		}).Error()
		if err := s.explain(ctx, err); err != nil {
			return err
		}
	}
	return nil
}

// A runPart is the arguments of one step of AppendRuns.
type runPart struct {
	log   string
	args  []string
	bytes int
}

func runParts(entries []store.RunEntry) (parts []*runPart, err error) {
	open := map[string]*runPart{} // that of each history which has room
	for _, e := range entries {
		if err := store.CheckRun(e); err != nil {
			return nil, err
		}
		if len(e.Data) > maxData {
			return nil, fmt.Errorf("%w: the data of a run of %q has %d bytes, %d are allowed", store.ErrInvalid, e.Task, len(e.Data), maxData)
		}
		p := open[e.Log]
		if p == nil || len(p.args) == 4*batchWrites || p.bytes > 0 && p.bytes+len(e.Data) > batchBytes {
			p = &runPart{log: e.Log, args: make([]string, 0, 4*min(len(entries), batchWrites))}
			open[e.Log], parts = p, append(parts, p)
		}
		p.args = append(p.args, moment(e.Ended), e.Task, moment(e.Fire), string(e.Data))
		p.bytes += len(e.Data)
	}
	return parts, nil
}

// Runs returns the rows that match, the last to end first, in pages.
func (s *Store) Runs(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
	return func(yield func(store.RunEntry, error) bool) {
		if err := store.CheckRunQuery(q); err != nil {
			yield(store.RunEntry{}, err)
			return
		}
		upper, lower := bounds(q)
		for left := q.Limit; ; {
			size := runsPage
			if q.Limit > 0 {
				size = min(size, left)
			}
			rows, last, err := s.runsPage(ctx, q, upper, lower, size)
			if err != nil {
				yield(store.RunEntry{}, err)
				return
			}
			for _, r := range rows {
				if !yield(r, nil) {
					return
				}
			}
			if left -= size; last == "" || left == 0 {
				return
			}
			upper = "(" + last
		}
	}
}

// bounds are the bounds of a query in the index.
func bounds(q store.RunQuery) (upper, lower string) {
	prefix, end := "a", "b"
	switch {
	case !q.Fire.IsZero():
		prefix = "f" + q.Task + "\x00" + moment(q.Fire)
		end = prefix + "\xff" // no moment begins so
	case q.Task != "":
		prefix, end = "t"+q.Task+"\x00", "t"+q.Task+"\x01"
	}
	upper, lower = "("+end, "["+prefix
	if !q.Until.IsZero() {
		upper = "(" + prefix + moment(q.Until)
	}
	if !q.Since.IsZero() {
		lower = "[" + prefix + moment(q.Since)
	}
	return upper, lower
}

// runsPage reads a page. It returns the entry to go on from, or "" when that was all.
func (s *Store) runsPage(ctx context.Context, q store.RunQuery, upper, lower string, size int) (rows []store.RunEntry, last string, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, "", err
	}
	defer s.leave()
	answer, err := s.run(ctx, historyScript, s.key.history(q.Log), q.Task, upper, lower, strconv.Itoa(size))
	if err != nil {
		return nil, "", err
	}
	for i := 0; i+1 < len(answer); i += 2 {
		if last, err = answer[i].ToString(); err != nil {
			return nil, "", err
		}
		if e, whole := readRun(last, &answer[i+1]); whole {
			e.Log = q.Log
			rows = append(rows, e)
		}
	}
	if len(answer) < 2*size {
		last = ""
	}
	return rows, last, nil
}

// readRun makes a row of its entry and its data. It is false for an entry whose
// row is gone.
func readRun(m string, data *rueidis.RedisMessage) (e store.RunEntry, whole bool) {
	var err error
	if e.Data, err = data.AsBytes(); err != nil || len(m) < 18 {
		return e, false
	}
	fire, rest := m[len(m)-8:], m[1:len(m)-8]
	var ended string
	if m[0] == 'a' {
		ended, rest = rest[:8], rest[8:]
	} else if len(rest) > 8 {
		ended, rest = rest[len(rest)-8:], rest[:len(rest)-8]
	} else {
		return e, false
	}
	if m[0] == 'f' {
		ended, fire = fire, ended
	}
	e.Task = strings.TrimSuffix(rest, "\x00")
	e.Ended, e.Fire = readMoment([]byte(ended)), readMoment([]byte(fire))
	return e, true
}

// TrimRuns removes rows, a thousand in one step.
func (s *Store) TrimRuns(ctx context.Context, log string, before time.Time, keep int) (int, error) {
	if err := store.CheckLog(log); err != nil {
		return 0, err
	}
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.leave()
	bound := ""
	if !before.IsZero() {
		bound = moment(before)
	}
	args := []string{bound, strconv.Itoa(max(keep, 0)), strconv.Itoa(batchWrites)}
	for total := 0; ; {
		n, err := s.do(ctx, false, func() rueidis.RedisResult { return trimScript.lua.Exec(ctx, s.link.get(), s.key.history(log), args) }).AsInt64()
		if err != nil {
			return total, s.explain(ctx, err)
		}
		if total += int(n); n < batchWrites {
			return total, nil
		}
	}
}
