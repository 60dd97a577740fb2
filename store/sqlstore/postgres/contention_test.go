package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// handles opens n handles of one place, as n processes would.
func handles(t *testing.T, at string, n int, options ...sqlstore.Option) []sqlstore.Store {
	var all []sqlstore.Store
	for range n {
		all = append(all, open(t, at, append(options, sqlstore.WithPoolSize(3), sqlstore.WithMaxOverflow(0))...))
	}
	return all
}

func TestManyHandlesClaimEachRecordOnce(t *testing.T) {
	t.Parallel()
	const records = 10_000
	for name, labels := range map[string][]string{"one label": {"default"}, "two labels": {"default", "other"}, "all labels": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, _ := place(t)
			all := handles(t, at, 6)
			for i := 0; i < records; i += 1000 {
				ws := adds(i, 1000)
				if labels == nil || len(labels) > 1 {
					for j := range ws {
						ws[j].Record.Executor = []string{"default", "other"}[j%2]
					}
				}
				batch(t, all[0], ws)
			}
			var mu sync.Mutex
			claimed := map[string]int{}
			var wg sync.WaitGroup
			for _, s := range all {
				for range 2 {
					wg.Go(func() {
						for empty := 0; empty < 3; {
							got, err := s.Claim(bg, store.DueQuery{At: noon.AddDate(0, 0, 1), Executors: labels, Limit: 97}, noon.AddDate(1, 0, 0))
							if err != nil {
								t.Error(err)
								return
							}
							if empty++; len(got) > 0 {
								empty = 0
							}
							mu.Lock()
							for i, r := range got {
								claimed[r.ID]++
								if i > 0 && labels != nil && len(labels) == 1 && got[i-1].ID >= r.ID {
									t.Errorf("%q comes before %q, which is due earlier", got[i-1].ID, r.ID)
								}
								if r.Rev != 2 || !r.Due.Equal(noon.AddDate(1, 0, 0)) {
									t.Errorf("%q has revision %d and is due %v after the claim", r.ID, r.Rev, r.Due)
								}
							}
							mu.Unlock()
						}
					})
				}
			}
			wg.Wait()
			for id, n := range claimed {
				if n != 1 {
					t.Errorf("%q was claimed %d times", id, n)
				}
			}
			if len(claimed) != records {
				t.Errorf("%d records were claimed, want %d", len(claimed), records)
			}
		})
	}
}

func TestClaimPassesOverWhatOthersAreTaking(t *testing.T) {
	t.Parallel()
	for name, labels := range map[string][]string{"one label": {"default"}, "two labels": {"default", "other"}, "all labels": nil} {
		at, _ := place(t)
		s := open(t, at)
		batch(t, s, adds(0, 30))
		db, err := sql.Open("pgx", at)
		must(t, err)
		defer db.Close()
		tx, err := db.Begin()
		must(t, err)
		_, err = tx.Exec(`UPDATE asyncz_store SET rev=rev+1 WHERE id IN (SELECT id FROM asyncz_store ORDER BY due LIMIT 10)`)
		must(t, err)
		ctx, cancel := context.WithTimeout(bg, 5*time.Minute)
		got, err := s.Claim(ctx, store.DueQuery{At: noon.AddDate(1, 0, 0), Executors: labels, Limit: 5}, noon.AddDate(2, 0, 0))
		cancel()
		must(t, err)
		if len(got) != 5 || got[0].ID != id(10) || got[4].ID != id(14) {
			t.Errorf("%s: claimed %v, want the five after the ten that are being written", name, got)
		}
		must(t, tx.Rollback())
	}
}

// Many handles write the same few records in batches, each in an order of its
// own. What the outcomes say must be what the table holds in the end: as many
// updates as the revision tells, and a record where the last add or delete that
// was acknowledged left one.
func TestOutcomesOfBatchesAreTrueUnderContention(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"} {
		t.Run(level, func(t *testing.T) {
			t.Parallel()
			at, _ := place(t)
			const ids, rounds = 12, 40
			var updated, added, deleted [ids]atomic.Int64
			var wg sync.WaitGroup
			for n, s := range handles(t, at, 4, sqlstore.WithIsolation(level)) {
				for range 2 {
					wg.Go(func() {
						r := rand.New(rand.NewPCG(uint64(n), 0))
						for range rounds {
							if err := contend(s, r, updated[:], added[:], deleted[:]); err != nil {
								t.Error(err)
								return
							}
						}
					})
				}
			}
			wg.Wait()
			s := open(t, at)
			for i := range ids {
				got, err := s.Get(bg, fmt.Sprint(i))
				there := int64(0)
				if err == nil {
					there = 1
				} else if !errors.Is(err, store.ErrNotFound) {
					t.Error(err)
				}
				if left := added[i].Load() - deleted[i].Load(); left != there {
					t.Errorf("record %d: %d adds and %d deletes were acknowledged, and there are %d", i, added[i].Load(), deleted[i].Load(), there)
				}
				// no delete: all updates are in the revision
				if i%2 == 0 && int64(got.Rev) != 1+updated[i].Load() {
					t.Errorf("record %d has revision %d after %d acknowledged updates", i, got.Rev, updated[i].Load())
				}
			}
		})
	}
}

// contend writes records at the revisions that it has just read, in any order;
// those with odd numbers it also deletes. It returns an error for an outcome
// that can't be.
func contend(s sqlstore.Store, r *rand.Rand, updated, added, deleted []atomic.Int64) error {
	var ws []store.Write
	var numbers []int
	for _, i := range r.Perm(len(updated)) {
		w := store.Write{Op: store.OpUpdate, Record: store.Record{ID: fmt.Sprint(i), Data: []byte("x"), Due: noon.Add(time.Duration(r.IntN(100)) * time.Second)}}
		got, err := s.Get(bg, w.Record.ID)
		switch {
		case errors.Is(err, store.ErrNotFound):
			w.Op = store.OpAdd
		case err != nil:
			return err
		case i%2 == 1 && r.IntN(3) == 0:
			w.Op = store.OpDelete
		}
		if w.Record.Rev = got.Rev; w.Op == store.OpDelete && r.IntN(2) == 0 {
			w.Record.Rev = 0 // whatever it is
		}
		ws, numbers = append(ws, w), append(numbers, i)
	}
	results, err := s.Batch(bg, ws)
	if err != nil {
		return err
	}
	for k, err := range results {
		i, op := numbers[k], ws[k].Op
		switch {
		case err == nil:
			[]*atomic.Int64{store.OpAdd: &added[i], store.OpUpdate: &updated[i], store.OpDelete: &deleted[i]}[op].Add(1)
		case op == store.OpAdd && errors.Is(err, store.ErrExists):
		case op != store.OpAdd && errors.Is(err, store.ErrConflict) && ws[k].Record.Rev > 0:
		case op != store.OpAdd && errors.Is(err, store.ErrNotFound) && i%2 == 1:
		default:
			return fmt.Errorf("operation %d on %q: %w", op, ws[k].Record.ID, err)
		}
	}
	return nil
}

func TestManySinglesShareStatementsAndGetTheirOwnOutcomes(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	p, at := through(t, at)
	s := open(t, at)
	var wg sync.WaitGroup
	const writers, each = 64, 20
	var lost atomic.Int64
	before := p.asked.Load()
	for n := range writers {
		wg.Go(func() {
			for i := range each {
				own := fmt.Sprintf("own-%d-%d", n, i)
				if err := s.Add(bg, store.Record{ID: own, Due: noon}); err != nil {
					t.Error(err)
				}
				switch err := s.Add(bg, store.Record{ID: fmt.Sprint("shared-", i), Due: noon}); {
				case errors.Is(err, store.ErrExists):
					lost.Add(1)
				case err != nil:
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if want := int64((writers - 1) * each); lost.Load() != want {
		t.Errorf("%d adds of shared ids found them taken, want %d", lost.Load(), want)
	}
	if trips := p.asked.Load() - before; trips > writers*each {
		t.Errorf("%d single writes took %d round trips", 2*writers*each, trips)
	}
}

// A deadlock ends with an error for one of those who are in it. If that is the
// store, it has done nothing and does it again.
func TestDeadlockIsNoErrorOfTheStore(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	// the server looks for a deadlock on behalf of him who has waited that long
	s := open(t, with(at, "deadlock_timeout", "10s")) // until then the other must have begun to wait too
	batch(t, s, adds(0, 2))
	db, err := sql.Open("pgx", with(at, "deadlock_timeout", "10min"))
	must(t, err)
	defer db.Close()
	tx, err := db.Begin()
	must(t, err)
	lock := func(id string) error {
		_, err := tx.Exec(`SELECT FROM asyncz_store WHERE id=$1 FOR UPDATE`, id)
		return err
	}
	must(t, lock(id(1)))
	ws := adds(0, 2)
	for i := range ws {
		ws[i].Op, ws[i].Record.Rev = store.OpUpdate, 1
	}
	ended := make(chan error, 1)
	go func() {
		results, err := s.Batch(bg, ws)
		ended <- errors.Join(append(results, err)...)
	}()
	for waiting := 0; waiting == 0; { // until the batch has the first row and waits for the second
		ask(t, at, `SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype='transactionid' AND transactionid=(SELECT xmax FROM asyncz_store WHERE id='`+id(1)+`')`, &waiting)
	}
	must(t, lock(id(0)))
	must(t, tx.Commit())
	must(t, <-ended)
	for i := range 2 {
		if r, err := s.Get(bg, id(i)); err != nil || r.Rev != 2 {
			t.Errorf("%q has revision %d, %v; want 2", id(i), r.Rev, err)
		}
	}
}
