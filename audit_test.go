package asyncz_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
)

func TestTheAuditTellsWhoDidWhat(t *testing.T) {
	for name, durable := range map[string]bool{"in a store": true, "in memory": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				shared := newChronicled()
				on := onBytes(newBytes())
				if durable {
					on = onBytes(shared)
				}
				key := asyncz.WithEncryptionKey("correct horse battery staple")
				s := open(t, on, key)
				for i := range 30 { // ten a minute, of which some at one instant
					if i%5 == 0 {
						time.Sleep(30 * time.Second)
					}
					err := s.WriteAudit(t.Context(), asyncz.AuditEntry{Who: []string{"ada", "bob"}[i%2], Via: "api", Action: "task.pause", Task: fmt.Sprint("t", i)})
					if err != nil {
						t.Fatal(err)
					}
				}
				if durable { // another process sees it
					s = open(t, on, key)
				}
				var all []string
				f := asyncz.AuditFilter{Limit: 7}
				for {
					page, err := s.Audit(t.Context(), f)
					if err != nil {
						t.Fatal(err)
					}
					for _, e := range page.Entries {
						all = append(all, e.Task)
					}
					if f.After = page.Next; f.After == "" || !durable {
						break
					}
				}
				if slices.Sort(all); durable && (len(all) != 30 || len(slices.Compact(all)) != 30) {
					t.Errorf("%v", all)
				}
				for what, c := range map[string]struct {
					f    asyncz.AuditFilter
					want int
				}{
					"who":    {asyncz.AuditFilter{Who: "ada"}, 15},
					"task":   {asyncz.AuditFilter{Task: "t3"}, 1},
					"action": {asyncz.AuditFilter{Action: "task.run"}, 0},
					"since":  {asyncz.AuditFilter{Since: midnight.Add(3 * time.Minute)}, 5},
					"until":  {asyncz.AuditFilter{Until: midnight.Add(time.Minute)}, 5},
				} {
					if page, err := s.Audit(t.Context(), c.f); err != nil || len(page.Entries) != c.want {
						t.Errorf("by %s: %d entries, %v, want %d", what, len(page.Entries), err, c.want)
					}
				}
				for e, err := range shared.Runs(t.Context(), store.RunQuery{Log: "audit"}) {
					if err != nil || strings.Contains(string(e.Data), "ada") {
						t.Errorf("%q is in the clear, %v", e.Data, err)
					}
				}
				synctest.Wait()
			})
		})
	}
}
