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

// A history is a sorted set, all of whose scores are 0 as in that of the records.
// A row is two entries: one that holds it, in the order of all, and one that leads
// to it from its task.
//
//	"a" end task NUL fire NUL data
//	"t" task NUL end fire
//
// End and fire are moments of 8 bytes. The rows of a fire are found among the
// entries of its task.
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

func (p *runPart) add(e *store.RunEntry) {
	ended, fire := moment(e.Ended), moment(e.Fire)
	holds := make([]byte, 0, 1+len(ended)+len(e.Task)+1+len(fire)+1+len(e.Data))
	holds = append(holds, 'a')
	holds = append(holds, ended...)
	holds = append(holds, e.Task...)
	holds = append(holds, 0)
	holds = append(holds, fire...)
	holds = append(holds, 0)
	holds = append(holds, e.Data...)
	p.args = append(p.args, "0", rueidis.BinaryString(holds), "0", "t"+e.Task+"\x00"+ended+fire)
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
		p.add(&e)
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
			if q.Limit > 0 && q.Fire.IsZero() { // of a task's entries few may be of the fire
				size = min(size, left)
			}
			rows, last, err := s.runsPage(ctx, q, upper, lower, size)
			if err != nil {
				yield(store.RunEntry{}, err)
				return
			}
			for _, row := range rows {
				if !yield(readRun(q.Log, row)) {
					return
				}
				if left--; left == 0 {
					return
				}
			}
			if last == "" {
				return
			}
			upper = "(" + last
		}
	}
}

// bounds are the bounds of a query among the entries of a history.
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

// runsPage reads the entries of a page that hold rows. It returns the entry to go
// on from too, or "" when that was all.
func (s *Store) runsPage(ctx context.Context, q store.RunQuery, upper, lower string, size int) (rows []string, last string, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, "", err
	}
	defer s.leave()
	task, fire := "", ""
	if q.Task != "" {
		task = q.Task + "\x00"
	}
	if !q.Fire.IsZero() {
		fire = moment(q.Fire)
	}
	answer, err := s.run(ctx, historyScript, s.key.history(q.Log), upper, lower, strconv.Itoa(size), task, fire)
	if err != nil {
		return nil, "", err
	}
	if len(answer) != 2 {
		return nil, "", errAnswer
	}
	if last, err = answer[0].ToString(); err != nil {
		return nil, "", err
	}
	rows, err = answer[1].AsStrSlice()
	return rows, last, err
}

// readRun makes a row of the entry that holds it.
func readRun(log, m string) (store.RunEntry, error) {
	e := store.RunEntry{Log: log}
	if len(m) > 9 {
		task, rest, ok := strings.Cut(m[9:], "\x00")
		if e.Task = task; ok && len(rest) > 8 && rest[8] == 0 {
			e.Ended, e.Fire = readMoment([]byte(m[1:9])), readMoment([]byte(rest[:8]))
			e.Data = []byte(rest[9:])
			return e, nil
		}
	}
	return e, fmt.Errorf("%w: an entry of a history is no row: %.40q", store.ErrCorrupt, m)
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
