package mysql_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// kill ends all connections to the database but the one that it asks on.
func (b base) kill(db *sql.DB) (n int, err error) {
	rows, err := db.Query(`SELECT ID FROM information_schema.PROCESSLIST WHERE DB=? AND ID<>CONNECTION_ID()`, b.name)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return 0, err
		}
		ids = append(ids, id)
	}
	for _, id := range ids {
		if _, err := db.Exec("KILL " + id); err == nil { // it may have gone by itself
			n++
		}
	}
	for left := len(ids); left > 0 && err == nil; { // the server ends them after it has answered
		err = db.QueryRow(`SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE FIND_IN_SET(ID,?)`,
			strings.Join(ids, ",")).Scan(&left)
	}
	return n, errors.Join(err, rows.Err())
}

func claimable(n int) []store.Write {
	writes := adds(n)
	for i := range writes {
		writes[i].Record.Executor = []string{"default", "pool", "other"}[i%3]
		writes[i].Record.Data = nil
	}
	return writes
}

// claims makes claims until nothing is left, and counts who got what.
func claims(t *testing.T, s store.Claimer, at, hold time.Time, labels []string, got func(r store.Record), failed func(error)) {
	for empty := 0; empty < 3; {
		claimed, err := s.Claim(bg, store.DueQuery{At: at, Executors: labels, Limit: 100}, hold)
		if err != nil {
			failed(err)
			continue
		}
		empty++
		for _, r := range claimed {
			empty = 0
			got(r)
		}
	}
}

func TestManyHandlesClaimEachRecordOnce(t *testing.T) {
	t.Parallel()
	const records, handles = 10_000, 8
	b := newBase(t)
	batch(t, b.opened(), claimable(records))
	var mu sync.Mutex
	count := map[string]int{}
	var wg sync.WaitGroup
	for i := range handles {
		s := b.opened()
		// half of them ask for several labels, which are locked in parts
		labels := [][]string{nil, {"default", "other", "pool"}, {"default"}, {"pool", "other"}}[i%4]
		wg.Go(func() {
			claims(t, s, noon, noon.Add(time.Hour), labels, func(r store.Record) {
				mu.Lock()
				defer mu.Unlock()
				count[r.ID]++
				if r.Rev != 2 || !r.Due.Equal(noon.Add(time.Hour)) {
					t.Errorf("claimed %q at revision %d, due %v", r.ID, r.Rev, r.Due)
				}
			}, func(err error) { t.Error(err) })
		})
	}
	wg.Wait()
	for id, n := range count {
		if n != 1 {
			t.Errorf("%s was claimed %d times", id, n)
		}
	}
	if len(count) != records {
		t.Errorf("%d records were claimed, want %d", len(count), records)
	}
}

func TestConnectionsKilledInTheMiddleLoseNothing(t *testing.T) {
	t.Parallel()
	const records = 5000
	b := newBase(t)
	batch(t, b.opened(), claimable(records))
	db := b.server()
	defer db.Close()
	var mu sync.Mutex
	first, failures := map[string]bool{}, 0
	signal := make(chan struct{}, 1)
	var killers, wg sync.WaitGroup
	killers.Go(func() {
		for range signal {
			if _, err := b.kill(db); err != nil {
				t.Error(err)
			}
		}
	})
	hold := noon.Add(time.Hour)
	stores := []sqlstore.Store{b.opened(), b.opened(), b.opened(), b.opened()} // before the first is killed
	for _, s := range stores {
		wg.Go(func() {
			claims(t, s, noon, hold, []string{"default", "other", "pool"}, func(r store.Record) {
				mu.Lock()
				defer mu.Unlock()
				if first[r.ID] {
					t.Errorf("%s was claimed twice", r.ID)
				}
				if first[r.ID] = true; len(first)%250 == 0 {
					select {
					case signal <- struct{}{}:
					default:
					}
				}
			}, func(err error) {
				mu.Lock()
				defer mu.Unlock()
				if failures++; !errors.Is(err, store.ErrUnreachable) {
					t.Errorf("a killed connection is %v, want %v", err, store.ErrUnreachable)
				}
			})
		})
	}
	wg.Wait()
	close(signal)
	killers.Wait()
	// what was claimed by an answer that never came is due again after the hold
	second := 0
	claims(t, b.opened(), hold, hold.Add(time.Hour), nil, func(r store.Record) {
		if second++; r.Rev != 3 {
			t.Errorf("%s has revision %d after two claims", r.ID, r.Rev)
		}
	}, func(err error) { t.Error(err) })
	t.Logf("%d records were claimed with their answer, %d calls were cut", len(first), failures)
	if second != records {
		t.Errorf("%d records are there after the hold, want %d", second, records)
	}
}

// Each write that is said to be done has moved the revision by one, and no
// other has.
func TestOutcomesAreExactUnderContention(t *testing.T) {
	t.Parallel()
	for name, kills := range map[string]bool{"undisturbed": false, "with connections killed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outcomes(t, kills)
		})
	}
}

func outcomes(t *testing.T, kills bool) {
	const records, handles, rounds = 60, 6, 25
	b := newBase(t)
	batch(t, b.opened(), adds(records))
	db := b.server()
	defer db.Close()
	var mu sync.Mutex
	done, unknown := map[string]uint64{}, map[string]uint64{}
	conflicts := 0
	var wg sync.WaitGroup
	stores := make([]sqlstore.Store, handles)
	for h := range stores {
		stores[h] = b.opened(sqlstore.WithPoolSize(2))
	}
	for h, s := range stores {
		wg.Go(func() {
			for round := range rounds {
				all, err := s.Due(bg, store.DueQuery{At: noon, Limit: records})
				if err != nil {
					continue
				}
				rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
				writes := make([]store.Write, 10)
				for i, r := range all[:len(writes)] {
					r.Data = fmt.Append(nil, h, round)
					writes[i] = store.Write{Op: store.OpUpdate, Record: r}
				}
				if kills && round%5 == 4 {
					wg.Go(func() { b.kill(db) }) //nolint:errcheck // what it finds is gone at times
				}
				results, err := s.Batch(bg, writes)
				mu.Lock()
				for i, w := range writes {
					switch {
					case err != nil:
						unknown[w.Record.ID]++
					case results[i] == nil:
						done[w.Record.ID]++
					case errors.Is(results[i], store.ErrConflict):
						conflicts++
					default:
						t.Error(results[i])
					}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if conflicts == 0 {
		t.Error("there was no contention")
	}
	s := b.opened()
	for id, n := range done {
		r, err := s.Get(bg, id)
		must(t, err)
		if r.Rev < 1+n || r.Rev > 1+n+unknown[id] {
			t.Errorf("%s has revision %d after %d writes that were done and %d without an answer", id, r.Rev, n, unknown[id])
		}
	}
}

// Adds and deletes of the same ids by many meet in all of their races.
func TestOneOfManyAddsWins(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	const handles, records = 6, 50
	var mu sync.Mutex
	for round := range 4 {
		added, deleted := map[string]int{}, map[string]int{}
		race := func(writes []store.Write, won map[string]int, lost error) {
			var wg sync.WaitGroup
			for range handles {
				s := b.opened()
				mine := append([]store.Write(nil), writes...)
				rand.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
				wg.Go(func() {
					results, err := s.Batch(bg, mine)
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						t.Error(err)
						return
					}
					for i, err := range results {
						if err == nil {
							won[mine[i].Record.ID]++
						} else if !errors.Is(err, lost) {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			for i := range records {
				if won[id(i)] != 1 {
					t.Errorf("round %d: %s was won %d times", round, id(i), won[id(i)])
				}
			}
		}
		race(adds(records), added, store.ErrExists)
		deletes := adds(records)
		for i := range deletes {
			deletes[i].Op, deletes[i].Record.Rev = store.OpDelete, uint64(round%2) // 0 is any
		}
		race(deletes, deleted, store.ErrNotFound)
	}
}
