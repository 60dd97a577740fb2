package redisstore

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/redis/rueidis"
)

// One call of the script returns at most so many records of so many bytes.
const (
	pageRecords = 1000
	pageBytes   = 8 << 20
)

// A query is what is asked of the script page.
type query struct {
	hold  string // the due time to move to, or "" to read
	what  string // "V" values, "K" entries alone, "D" values and what is damaged
	after string // the place to go on from
	upto  string // the bound of the due time
	limit int
	scope []string // "*", "p", or "=" and labels
}

// A page is what it answers.
type page struct {
	after   string // the place to go on from; "": that was all
	damaged int64
	rows    []row
}

// A row is an entry of the index and the value under its id, nil when there is none.
type row struct {
	entry entry
	value []byte
}

// scope asks for labels, each once, or for nil for all.
func scope(executors []string) []string {
	if executors == nil {
		return []string{"*"}
	}
	labels := slices.Clone(executors)
	slices.Sort(labels)
	return append([]string{"="}, slices.Compact(labels)...)
}

// Due returns the records that are due, earliest first, then by id. What can't be
// read is left out.
func (s *Store) Due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	return s.due(ctx, q, "", false)
}

// Claim takes the records that are due and moves their due time to hold, up to a
// thousand in one round trip and one atomic step. More are taken in several;
// where the hold is due itself, in one alone.
func (s *Store) Claim(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
	if err := checkDue("hold", hold); err != nil {
		return nil, err
	}
	return s.due(ctx, q, due(hold), !hold.IsZero() && !hold.After(q.At))
}

// due asks page after page. With once it stops at the first that has records.
func (s *Store) due(ctx context.Context, q store.DueQuery, hold string, once bool) ([]store.Record, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	if q.Limit <= 0 || q.Executors != nil && len(q.Executors) == 0 {
		return nil, nil
	}
	var found []store.Record
	ask := query{hold: hold, what: "V", upto: after(q.At), scope: scope(q.Executors)}
	for {
		ask.limit = min(q.Limit-len(found), pageRecords)
		p, err := s.page(ctx, ask)
		if err != nil {
			return nil, err
		}
		found = slices.Grow(found, len(p.rows))
		for _, row := range p.rows {
			r, err := decode(row.entry.id, row.value)
			if err != nil {
				return nil, err
			}
			found = append(found, r)
		}
		if p.after == "" || len(found) >= q.Limit || once && len(found) > 0 {
			return found, nil
		}
		ask.after = p.after
	}
}

// NextDue returns the earliest due time of the records with one of these labels,
// or the zero time. What can't be read is left out.
func (s *Store) NextDue(ctx context.Context, executors []string) (next time.Time, err error) {
	if err := s.enter(ctx); err != nil {
		return next, err
	}
	defer s.leave()
	if executors != nil && len(executors) == 0 {
		return next, nil
	}
	ask := query{what: "K", upto: after(latest), limit: 1, scope: scope(executors)}
	for {
		p, err := s.page(ctx, ask)
		switch {
		case err != nil:
			return next, err
		case len(p.rows) > 0:
			return p.rows[0].entry.due, nil
		case p.after == "":
			return next, nil
		}
		ask.after = p.after
	}
}

// page asks for a page, and puts the index in order when it is gone.
func (s *Store) page(ctx context.Context, q query) (page, error) {
	how := pageScript
	if q.hold != "" {
		how = claimScript
	}
	args := append([]string{q.hold, q.what, q.after, q.upto, strconv.Itoa(q.limit), strconv.Itoa(pageBytes)}, q.scope...)
	for mended := false; ; mended = true {
		answer, err := s.run(ctx, how, s.key.records, args...)
		if err != nil {
			return page{}, err
		}
		if len(answer) < 3 {
			return page{}, errAnswer
		}
		state, err := answer[0].ToString()
		switch {
		case err != nil:
			return page{}, err
		case state == "ok":
			return readPage(answer)
		case state == "norecords":
			n, _ := answer[2].AsInt64()
			return page{}, fmt.Errorf("%w: the hash %s in %s is gone while the sorted set %s still knows %d tasks: it was evicted or deleted; restore a backup, or clear the store to begin anew",
				store.ErrCorrupt, s.key.tasks, s.where, s.key.times, n)
		case mended:
			return page{}, nil // nothing in the hash is a record; All tells of it
		}
		if err := s.reindex(ctx); err != nil {
			return page{}, err
		}
	}
}

func readPage(answer []rueidis.RedisMessage) (p page, err error) {
	if p.after, err = answer[1].ToString(); err != nil {
		return p, err
	}
	if p.damaged, err = answer[2].AsInt64(); err != nil {
		return p, err
	}
	pairs := answer[3:]
	p.rows = make([]row, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		m, err := pairs[i].ToString()
		if err != nil {
			return p, err
		}
		e, ours := readEntry(m)
		if !ours {
			e = entry{id: m}
		}
		row := row{entry: e}
		if !pairs[i+1].IsNil() {
			if row.value, err = pairs[i+1].AsBytes(); err != nil {
				return p, err
			}
		}
		p.rows = append(p.rows, row)
	}
	return p, nil
}
