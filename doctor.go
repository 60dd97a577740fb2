package asyncz

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/seal"
	"github.com/go-asyncz/asyncz/store"
)

// A Finding is something about a store that somebody should look at.
type Finding struct {
	Store   string `json:"store"`
	Task    string `json:"task,omitempty"` // its id, as far as it is known
	Problem string `json:"problem"`        // of Doctor: unreadable, unknown_function, unknown_executor, arguments, overdue, server
	Detail  string `json:"detail"`
}

// A Checkup is what [Scheduler.Doctor] found out about one store.
type Checkup struct {
	Store    string         `json:"store"`
	Tasks    int            `json:"tasks"`
	Keys     map[string]int `json:"keys"` // records by the id of the key that sealed them; "plain" for none
	Findings []Finding      `json:"findings"`
}

// overdueAfter is how late a task must be for nobody to be looking after it.
const overdueAfter = time.Minute

// Doctor reads all records of all stores and tells which ones can't be read or
// run here, and why. It changes nothing.
func (s *Scheduler) Doctor(ctx context.Context) ([]Checkup, error) {
	var all []Checkup
	for _, alias := range s.aliases {
		c := Checkup{Store: alias, Keys: map[string]int{}, Findings: []Finding{}}
		p := s.parts[alias]
		if err := p.checkServer(ctx, &c); err != nil {
			return all, fmt.Errorf("store %q: %w", alias, err)
		}
		for r, err := range p.store.All(ctx) {
			if err != nil && !errors.Is(err, store.ErrCorrupt) {
				return all, fmt.Errorf("store %q: %w", alias, err)
			}
			c.Tasks++
			if err == nil && !p.keeper.Live() {
				c.Keys[keyOf(r.Data)]++
			}
			s.examine(&c, p, p.task(ctx, r, err), r)
		}
		all = append(all, c)
	}
	return all, nil
}

// checkServer adds what the store knows about its server.
func (p *part) checkServer(ctx context.Context, c *Checkup) error {
	checker, ok := p.store.(store.Checker)
	if !ok {
		return nil
	}
	sentences, err := checker.Check(ctx)
	for _, sentence := range sentences {
		c.Findings = append(c.Findings, Finding{Store: c.Store, Problem: "server", Detail: sentence})
	}
	return err
}

func keyOf(data []byte) string {
	if id, ok := seal.KeyID(data); ok {
		return id.String()
	}
	return "plain"
}

// examine looks at one task.
func (s *Scheduler) examine(c *Checkup, p *part, t Task, r store.Record) {
	find := func(problem, format string, args ...any) {
		c.Findings = append(c.Findings, Finding{c.Store, t.ID, problem, fmt.Sprintf(format, args...)})
	}
	if t.State == StateUnreadable {
		find("unreadable", "%v", t.Err)
		return
	}
	if _, known := s.settings.functions.lookup(t.Function); !known && t.state.Def.Local == nil {
		find("unknown_function", "no function %q is registered in this program", t.Function)
	} else if _, may := s.settings.lookup(p.alias)(t.Function); !may && t.state.Def.Local == nil {
		find("unknown_function", "the function %q may not be called by tasks of this store", t.Function)
	} else if err := s.settings.functions.check(t.Function, t.state.Def.Args); err != nil {
		find("arguments", "%v", err)
	}
	if s.settings.executors[t.Executor] == nil {
		find("unknown_executor", "no executor %q is configured here", t.Executor)
	}
	if late := p.engine.Now().Sub(t.state.Due()); t.State == StateScheduled && late > overdueAfter {
		find("overdue", "due since %v; is any scheduler running that knows the task?", t.state.Due().Format(time.RFC3339))
	}
}
