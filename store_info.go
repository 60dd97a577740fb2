package asyncz

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// A StoreInfo is what a store is, and what is in it.
type StoreInfo struct {
	Store      string    `json:"store"`
	Type       string    `json:"type"`      // of its driver, such as "sqlite"
	Namespace  string    `json:"namespace"` // to which its records are sealed; empty for what lives in memory
	Durable    bool      `json:"durable"`   // it outlives this process
	Sealed     bool      `json:"sealed"`    // a key is set
	History    string    `json:"history"`   // where the history of runs is: durable, memory, or none
	Features   []string  `json:"features"`  // of its optional parts those that it has
	Tasks      int       `json:"tasks"`
	Unreadable []Finding `json:"unreadable"` // of tasks that can't be read up to 100, with the reason
	// UnreadableTasks is how many there are in all.
	UnreadableTasks int      `json:"unreadable_tasks"`
	Keys            []KeyUse `json:"keys"`     // what the records are sealed with
	Warnings        []string `json:"warnings"` // what in the set-up of its server puts tasks at risk
}

// A KeyUse says how many records are sealed with a key.
type KeyUse struct {
	Key     string `json:"key"` // its id; "plain" for records that are not sealed
	Records int    `json:"records"`
	Sealing bool   `json:"sealing"` // new records are sealed with it; of others a rewrap is left to do
}

// mostUnreadable is how many unreadable tasks a StoreInfo names.
const mostUnreadable = 100

// StoreInfo returns what a store is and what is in it. The numbers are those of
// [Scheduler.TaskPage]: some seconds old at most.
func (s *Scheduler) StoreInfo(ctx context.Context, alias string) (StoreInfo, error) {
	p, err := s.partOf(alias)
	if err != nil {
		return StoreInfo{}, err
	}
	snap, err := s.index.look(ctx, s)
	if err != nil {
		return StoreInfo{}, err
	}
	info := StoreInfo{
		Store: alias, Type: s.typeOf(p), Namespace: p.keeper.Namespace(), Durable: !p.keeper.Live(), Sealed: p.keeper.Sealed(),
		History: p.history.where(), Features: features(p.store), Unreadable: []Finding{}, Keys: []KeyUse{}, Warnings: []string{},
	}
	p.count(snap, &info)
	if checker, ok := p.store.(store.Checker); ok {
		sentences, err := checker.Check(ctx)
		if err != nil {
			return info, fmt.Errorf("store %q: %w", alias, err)
		}
		info.Warnings = append(info.Warnings, sentences...)
	}
	return info, nil
}

// count adds what a snapshot knows of the store.
func (p *part) count(snap *snapshot, info *StoreInfo) {
	snap.mu.RLock()
	defer snap.mu.RUnlock()
	keys := map[string]int{}
	for i := range snap.rows {
		r := &snap.rows[i]
		if r.Store != p.alias || r.gone {
			continue
		}
		info.Tasks++
		if r.key != "" {
			keys[r.key]++
		}
		if r.State == StateUnreadable {
			if info.UnreadableTasks++; info.UnreadableTasks <= mostUnreadable {
				info.Unreadable = append(info.Unreadable, Finding{Store: p.alias, Task: r.ID, Problem: "unreadable", Detail: r.err})
			}
		}
	}
	sealing := p.keeper.SealingKey()
	for key, n := range keys {
		info.Keys = append(info.Keys, KeyUse{key, n, key == cmp.Or(sealing, "plain")})
	}
	slices.SortFunc(info.Keys, func(a, b KeyUse) int { return cmp.Or(b.Records-a.Records, strings.Compare(a.Key, b.Key)) })
}

// typeOf names the driver of a store.
func (s *Scheduler) typeOf(p *part) string {
	for _, c := range s.settings.stores {
		if c.alias == p.alias && c.config != nil {
			if t, ok := c.config["type"].(string); ok {
				return t
			}
		}
	}
	if p.keeper.Live() {
		return "memory"
	}
	name, _, _ := strings.Cut(p.keeper.Namespace(), "/") // "sql/asyncz_store", "file"
	return name
}

func features(s store.Store) []string {
	all := []string{}
	add := func(has bool, name string) {
		if has {
			all = append(all, name)
		}
	}
	_, is := s.(store.Claimer)
	add(is, "claimer")
	_, is = s.(store.Batcher)
	add(is, "batcher")
	_, is = s.(store.Clock)
	add(is, "clock")
	_, is = s.(store.Watcher)
	add(is, "watcher")
	_, is = s.(store.RunLog)
	add(is, "run_log")
	_, is = s.(store.Members)
	add(is, "members")
	return all
}

// where says where the history is.
func (c *chronicle) where() string {
	switch {
	case c == nil:
		return "none"
	case c.log == nil:
		return "memory"
	}
	return "durable"
}
