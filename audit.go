package asyncz

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// How long the audit is kept, and how many entries of it.
const (
	auditAge  = 365 * 24 * time.Hour
	auditRows = 100_000
	auditHere = 1000 // where no store can keep it
)

// An AuditEntry is what somebody did, or tried to do.
type AuditEntry struct {
	Time   time.Time `json:"time"` // set by WriteAudit when it is zero
	Who    string    `json:"who"`
	Via    string    `json:"via"`              // api, dashboard or cli
	From   string    `json:"from,omitempty"`   // an address
	Action string    `json:"action"`           // such as task.pause
	Store  string    `json:"store,omitempty"`  // an alias
	Task   string    `json:"task,omitempty"`   // an id
	Detail string    `json:"detail,omitempty"` // for people
	Error  string    `json:"error,omitempty"`  // why it was refused
}

// An AuditFilter says which entries [Scheduler.Audit] returns. Empty fields don't
// restrict.
type AuditFilter struct {
	Who, Action, Task string
	Since, Until      time.Time
	Limit             int    // entries of a page; 0: 50; 1,000 at most
	After             string // Next of the page before
}

// An AuditPage is a page of the audit, the last entry first.
type AuditPage struct {
	Entries    []AuditEntry `json:"entries"`
	Next       string       `json:"next,omitempty"`
	Unreadable int          `json:"unreadable,omitempty"`
}

// WriteAudit keeps an entry, durably when it returns: in the first store that keeps
// histories, for a year and at most 100,000 entries. Where there is none the last
// 1,000 entries are in memory.
func (s *Scheduler) WriteAudit(ctx context.Context, e AuditEntry) error {
	p := s.auditor()
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	e.Time = e.Time.UTC()
	if p == nil {
		s.audit.add(e)
		return nil
	}
	plain, err := json.Marshal(e)
	if err != nil {
		return err
	}
	row := store.RunEntry{Log: auditLog, Task: strings.ToLower(rand.Text()[:13]), Fire: e.Time, Ended: e.Time}
	if err := p.keeper.SealRun(&row, plain); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	if err := p.store.(store.RunLog).AppendRuns(ctx, []store.RunEntry{row}); err != nil {
		return fmt.Errorf("audit: store %q: %w", p.alias, err)
	}
	return nil
}

// Audit returns what people did through the API and the dashboard.
func (s *Scheduler) Audit(ctx context.Context, f AuditFilter) (AuditPage, error) {
	page := AuditPage{Entries: []AuditEntry{}}
	rf := RunFilter{Limit: f.Limit, After: f.After}
	from, err := rf.check()
	if err != nil {
		return page, err
	}
	p := s.auditor()
	if p == nil {
		for _, e := range s.audit.entries() {
			if len(page.Entries) < rf.Limit && f.lets(e) {
				page.Entries = append(page.Entries, e)
			}
		}
		return page, nil
	}
	q := store.RunQuery{Log: auditLog, Since: f.Since, Until: f.Until}
	if from != nil && (q.Until.IsZero() || from.Ended.Before(q.Until)) {
		q.Until = from.Ended.Add(time.Microsecond)
	}
	passed, last := from == nil, place{}
	n := 0
	for row, err := range p.store.(store.RunLog).Runs(ctx, q) {
		if !passed {
			passed = row.Task == from.Task || row.Ended.Before(from.Ended)
			if row.Task == from.Task || !passed {
				continue
			}
		}
		if n++; n > scanned || len(page.Entries) == rf.Limit {
			page.Next = last.String()
			return page, nil
		}
		last = place{Task: row.Task, Ended: row.Ended}
		var e AuditEntry
		if err != nil && !errors.Is(err, store.ErrCorrupt) {
			return page, fmt.Errorf("audit: store %q: %w", p.alias, err)
		}
		if err != nil || p.openRow(row, &e) != nil {
			page.Unreadable++
		} else if f.lets(e) {
			page.Entries = append(page.Entries, e)
		}
	}
	return page, nil
}

// auditor is the store that keeps the audit; nil when none can.
func (s *Scheduler) auditor() *part {
	var found *part
	for _, alias := range s.aliases {
		p := s.parts[alias]
		if _, ok := p.store.(store.RunLog); ok && (found == nil || found.keeper.Live() && !p.keeper.Live()) {
			found = p
		}
	}
	return found
}

func (f AuditFilter) lets(e AuditEntry) bool {
	return (f.Who == "" || f.Who == e.Who) && (f.Action == "" || f.Action == e.Action) && (f.Task == "" || f.Task == e.Task) &&
		(f.Since.IsZero() || !e.Time.Before(f.Since)) && (f.Until.IsZero() || e.Time.Before(f.Until))
}

// An auditTrail keeps the last entries in memory.
type auditTrail struct {
	mu   sync.Mutex
	kept []AuditEntry
}

func (a *auditTrail) add(e AuditEntry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept = append(a.kept, e); len(a.kept) > auditHere {
		a.kept = slices.Delete(a.kept, 0, len(a.kept)-auditHere)
	}
}

func (a *auditTrail) entries() []AuditEntry {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := slices.Clone(a.kept)
	slices.SortStableFunc(all, func(x, y AuditEntry) int { return cmp.Or(y.Time.Compare(x.Time)) })
	return all
}
