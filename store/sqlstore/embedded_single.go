package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"sync"

	"github.com/go-asyncz/asyncz/store"
)

// Add keeps a new record at revision 1.
func (s *embedded) Add(ctx context.Context, r store.Record) error {
	return s.one(ctx, store.Write{Op: store.OpAdd, Record: r})
}

// Update replaces the record that has r's id and revision.
func (s *embedded) Update(ctx context.Context, r store.Record) error {
	return s.one(ctx, store.Write{Op: store.OpUpdate, Record: r})
}

// Delete removes the record if it has the revision rev; 0 means any revision.
func (s *embedded) Delete(ctx context.Context, id string, rev uint64) error {
	return s.one(ctx, store.Write{Op: store.OpDelete, Record: store.Record{ID: id, Rev: rev}})
}

// A request is a single write on its way to a transaction.
type request struct {
	write  store.Write
	result error
	done   chan struct{} // closed when result is there
}

// A queue holds the single writes that wait. Whoever gets the turn to write
// takes all of them into its transaction, so that many goroutines share one
// flush of the disk.
type queue struct {
	sync.Mutex
	waiting []*request
}

// groupSize bounds the writes of one transaction, and so what its first one waits.
const groupSize = 256

func (q *queue) add(r *request) {
	q.Lock()
	defer q.Unlock()
	q.waiting = append(q.waiting, r)
}

// withdraw takes r back; it is false when somebody is working on it.
func (q *queue) withdraw(r *request) bool {
	q.Lock()
	defer q.Unlock()
	i := slices.Index(q.waiting, r)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

func (q *queue) take() []*request {
	q.Lock()
	defer q.Unlock()
	n := min(groupSize, len(q.waiting))
	taken := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return taken
}

// one does a single write, by its own transaction or in that of another.
func (s *embedded) one(ctx context.Context, w store.Write) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	r := &request{write: w, done: make(chan struct{})}
	s.queue.add(r)
	for {
		mine, err := s.pool.acquire(ctx, r.done)
		if mine {
			err = s.group(ctx)
			s.pool.release()
		}
		if err != nil && s.queue.withdraw(r) {
			return err
		}
		if err != nil || !mine {
			<-r.done // somebody took it, so it gets its result
		}
		select {
		case <-r.done:
			return r.result
		default: // more were waiting than one group holds
		}
	}
}

// group writes what is waiting; the caller has the turn. It takes the requests
// after the lock: until then each can be withdrawn. Its error means that it
// took none.
func (s *embedded) group(ctx context.Context) error {
	var taken []*request
	err := s.pool.transact(ctx, func(ctx context.Context, c *sql.Conn) error {
		taken = s.queue.take()
		return s.writeAll(ctx, c, taken)
	})
	if err != nil && len(taken) == 0 {
		return err
	}
	if err != nil && len(taken) > 1 {
		// one record that is too large for the disk is no reason to refuse the others
		for _, r := range taken {
			err := s.pool.transact(context.WithoutCancel(ctx), func(ctx context.Context, c *sql.Conn) error {
				return s.writeAll(ctx, c, []*request{r})
			})
			finish(r, err)
		}
		return nil
	}
	for _, r := range taken {
		finish(r, err)
	}
	return nil
}

func finish(r *request, err error) {
	if err != nil {
		r.result = err
	}
	close(r.done)
}

func (s *embedded) writeAll(ctx context.Context, c *sql.Conn, rs []*request) error {
	b := batch{c: c, q: &s.q}
	defer b.close()
	for _, r := range rs {
		var err error
		if r.result, err = b.write(ctx, &r.write); err != nil {
			return err
		}
	}
	return nil
}
