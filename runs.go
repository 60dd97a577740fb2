package asyncz

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// Bounds of a page of the history.
const (
	DefaultRunsPage = 50
	MostRunsPage    = 1000

	// scanned is how many rows are read for one page: a filter that lets few through
	// gets short pages in place of long waits.
	scanned = 20_000
)

// A RunFilter says which rows of the history [Scheduler.Runs] returns. Empty fields
// don't restrict.
type RunFilter struct {
	Store    string // an alias
	Task     string // an id
	Node     string // see [Scheduler.Node]
	Outcomes []Outcome
	Source   Source
	Since    time.Time // when they ended: at this time or later
	Until    time.Time // before this time
	Limit    int       // rows of a page; 0: 50; 1,000 at most
	After    string    // Next of the page before
}

// A RunPage is a page of the history. It may have fewer rows than the limit, and
// even none, although another follows.
type RunPage struct {
	Runs       []PastRun `json:"runs"`
	Next       string    `json:"next,omitempty"`       // for After; empty: no page follows
	Unreadable int       `json:"unreadable,omitempty"` // rows that were left out because they can't be read
}

// Runs returns the history of runs, the last to end first, without their output,
// logs and stacks; see [Scheduler.FindRun] for those. What this scheduler has run is
// there at once, what others have run about a second later.
func (s *Scheduler) Runs(ctx context.Context, f RunFilter) (RunPage, error) {
	page := RunPage{Runs: []PastRun{}}
	from, err := f.check()
	if err != nil {
		return page, err
	}
	aliases := s.aliases
	if f.Store != "" {
		if _, err := s.partOf(f.Store); err != nil {
			return page, err
		}
		aliases = []string{f.Store}
	}
	m := &merge{}
	defer m.stop()
	for i, alias := range aliases {
		m.add(s.parts[alias].pastRuns(ctx, f, from.of(alias, i, aliases)))
	}
	var last place
	for n := 0; ; n++ {
		row, err, more := m.next()
		switch {
		case !more:
			return page, nil
		case err != nil && !errors.Is(err, errRow):
			return page, err
		case n == scanned || len(page.Runs) == f.Limit:
			page.Next = last.String()
			return page, nil
		case err != nil:
			page.Unreadable++
		case f.lets(row):
			page.Runs = append(page.Runs, row.brief())
		}
		last = place{row.Store, row.Task, row.Scheduled, row.Ended}
	}
}

func (f *RunFilter) check() (from *place, err error) {
	switch {
	case f.Limit < 0 || f.Limit > MostRunsPage:
		return nil, fmt.Errorf("limit %d is not from 0 to %d", f.Limit, MostRunsPage)
	case f.Limit == 0:
		f.Limit = DefaultRunsPage
	}
	if f.After == "" {
		return nil, nil
	}
	from = &place{}
	text, err := base64.RawURLEncoding.DecodeString(f.After)
	if err != nil || json.Unmarshal(text, from) != nil {
		return nil, fmt.Errorf("after: %q is not the next of a page", f.After)
	}
	return from, nil
}

func (f *RunFilter) lets(r PastRun) bool {
	node, _, _ := strings.Cut(r.Node, "/")
	return (len(f.Outcomes) == 0 || slices.Contains(f.Outcomes, r.Outcome)) &&
		(f.Source == "" || f.Source == r.Source) &&
		(f.Node == "" || f.Node == node || f.Node == r.Node)
}

// A place is where a page ended.
type place struct {
	Store string    `json:"s"`
	Task  string    `json:"t"`
	Fire  time.Time `json:"f"`
	Ended time.Time `json:"e"`
}

func (p place) String() string {
	text, _ := json.Marshal(p)
	return base64.RawURLEncoding.EncodeToString(text)
}

// of returns where the rows of one of the stores go on: rows that ended at the same
// time stand in the order of their stores.
func (p *place) of(alias string, i int, aliases []string) *place {
	if p == nil || p.Store == alias {
		return p
	}
	before := i < slices.Index(aliases, p.Store)
	return &place{Ended: p.Ended, Store: map[bool]string{true: "before", false: ""}[before]}
}

// errRow marks a row that can't be read.
var errRow = errors.New("a row of the history can't be read")

// pastRuns yields the rows of one store that a filter asks for, the last to end
// first, from a place on.
func (p *part) pastRuns(ctx context.Context, f RunFilter, from *place) iter.Seq2[PastRun, error] {
	q := store.RunQuery{Task: f.Task, Since: f.Since, Until: f.Until}
	passed := from == nil || from.Task == ""
	if from != nil {
		end := from.Ended.Truncate(time.Microsecond)
		if from.Store != "before" {
			end = end.Add(time.Microsecond) // rows that ended at the same time may follow
		}
		if q.Until.IsZero() || end.Before(q.Until) {
			q.Until = end
		}
	}
	return func(yield func(PastRun, error) bool) {
		for row, err := range p.rows(ctx, q) {
			if !passed {
				if row.Task == from.Task && row.Scheduled.Equal(from.Fire) && row.Ended.Equal(from.Ended) {
					passed = true
					continue
				}
				if row.Ended.Truncate(time.Microsecond).Equal(from.Ended.Truncate(time.Microsecond)) {
					continue
				}
				passed = true
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// rows yields the rows of the history that a query asks for. Those that can't be
// read come with an error that is errRow.
func (p *part) rows(ctx context.Context, q store.RunQuery) iter.Seq2[PastRun, error] {
	return func(yield func(PastRun, error) bool) {
		c := p.history
		switch {
		case c == nil:
		case c.log == nil:
			for _, row := range c.remembered(q) {
				if !yield(row, nil) {
					return
				}
			}
		default:
			c.flush(ctx)
			for e, err := range c.log.Runs(ctx, q) {
				row := PastRun{Run: Run{Store: p.alias, Task: e.Task, Scheduled: e.Fire}, Ended: e.Ended}
				if err == nil {
					if full, fault := p.unpackRun(e); fault == nil {
						row = full
					} else {
						err = fmt.Errorf("%w: %w", errRow, fault)
					}
				} else if errors.Is(err, store.ErrCorrupt) {
					err = fmt.Errorf("%w: %w", errRow, err)
				} else {
					err = fmt.Errorf("store %q: the history: %w", p.alias, err)
				}
				if !yield(row, err) {
					return
				}
			}
		}
	}
}

// remembered returns the rows in memory that a query asks for.
func (c *chronicle) remembered(q store.RunQuery) []PastRun {
	fires := c.memory.Rows(func(f *pastFire) bool { return f.matches(q.Task, q.Fire, q.Since, q.Until) })
	rows := make([]PastRun, len(fires))
	for i := range fires {
		rows[i] = fires[i].row(c.p.alias)
	}
	lastFirst := func(a, b PastRun) int {
		return b.Ended.Truncate(time.Microsecond).Compare(a.Ended.Truncate(time.Microsecond))
	}
	if !slices.IsSortedFunc(rows, lastFirst) { // a look is cheaper, and mostly they are
		slices.SortStableFunc(rows, lastFirst)
	}
	return rows
}
