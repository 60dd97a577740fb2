package redisstore

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/redis/rueidis"
)

// The run history is a hash, each field of which is a row's place among all:
//
//	end task NUL fire
//
// and an index as that of the records, with two entries for a row, so that one
// task's rows are found without passing those of others:
//
//	"a" end task NUL fire
//	"t" task NUL end fire
//
// End and fire are moments of 8 bytes.
const runsPage = 500

// AppendRuns adds rows to the history, up to a thousand in one step.
func (s *Store) AppendRuns(ctx context.Context, entries []store.RunEntry) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	for part := range slices.Chunk(entries, batchWrites) {
		args := make([]string, 0, 3*len(part))
		for _, e := range part {
			ended, fire := moment(e.Ended), moment(e.Fire)
			args = append(args, ended+e.Task+"\x00"+fire, e.Task+"\x00"+ended+fire, string(e.Data))
		}
		err := s.do(ctx, false, func() rueidis.RedisResult { return appendScript.lua.Exec(ctx, s.link.get(), s.key.runs, args) }).Error()
		if err := s.explain(ctx, err); err != nil {
			return err
		}
	}
	return nil
}

// Runs returns the rows that match, the last to end first, in pages.
func (s *Store) Runs(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
	return func(yield func(store.RunEntry, error) bool) {
		upper, lower := bounds(q)
		for left := q.Limit; ; {
			size := runsPage
			if q.Limit > 0 {
				size = min(size, left)
			}
			rows, last, err := s.runsPage(ctx, q.Task, upper, lower, size)
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
	if q.Task != "" {
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
func (s *Store) runsPage(ctx context.Context, task, upper, lower string, size int) (rows []store.RunEntry, last string, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, "", err
	}
	defer s.leave()
	answer, err := s.run(ctx, historyScript, s.key.runs, task, upper, lower, strconv.Itoa(size))
	if err != nil {
		return nil, "", err
	}
	for i := 0; i+1 < len(answer); i += 2 {
		if last, err = answer[i].ToString(); err != nil {
			return nil, "", err
		}
		e, whole := readRun(last, &answer[i+1])
		if whole {
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
	} else {
		ended, rest = rest[len(rest)-8:], rest[:len(rest)-8]
	}
	e.Task = strings.TrimSuffix(rest, "\x00")
	e.Ended, e.Fire = readMoment([]byte(ended)), readMoment([]byte(fire))
	return e, true
}

// TrimRuns removes rows, a thousand in one step.
func (s *Store) TrimRuns(ctx context.Context, before time.Time, keep int) (int, error) {
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
		n, err := s.do(ctx, false, func() rueidis.RedisResult { return trimScript.lua.Exec(ctx, s.link.get(), s.key.runs, args) }).AsInt64()
		if err != nil {
			return total, s.explain(ctx, err)
		}
		if total += int(n); n < batchWrites {
			return total, nil
		}
	}
}
