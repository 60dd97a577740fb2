package sqlstore

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/go-asyncz/asyncz/store"
)

// Add keeps a new record at revision 1.
func (s *server) Add(ctx context.Context, r store.Record) error {
	return s.one(ctx, store.Write{Op: store.OpAdd, Record: r})
}

// Update replaces the record that has r's id and revision.
func (s *server) Update(ctx context.Context, r store.Record) error {
	return s.one(ctx, store.Write{Op: store.OpUpdate, Record: r})
}

// Delete removes the record if it has the revision rev; 0 means any revision.
func (s *server) Delete(ctx context.Context, id string, rev uint64) error {
	return s.one(ctx, store.Write{Op: store.OpDelete, Record: store.Record{ID: id, Rev: rev}})
}

// carriers is the number of groups of single writes that are on their way at
// the same time: while the server works on one, another can be under way.
const carriers = 2

// A party is where single writes meet. Those that come while others are on
// their way go together in one statement, so that many goroutines share a round
// trip and a flush of the disk. One that comes alone goes at once.
type party struct {
	sync.Mutex
	waiting []*guest
	busy    int            // carriers at work
	work    sync.WaitGroup // the same, for Close
}

// A guest is a single write on its way.
type guest struct {
	write  write
	group  *group // that carries it; nil while it waits
	result error
	done   chan struct{} // closed when result is there
}

// A group is carried by one statement, which is given up when all have gone.
type group struct {
	guests []*guest
	left   int // guests that still wait for it
	cancel context.CancelFunc
}

// one does a single write, in a group in which it may be the only one.
func (s *server) one(ctx context.Context, w store.Write) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	checked, err := s.checked(&w)
	if err != nil {
		return err
	}
	g := &guest{write: checked, done: make(chan struct{})}
	if s.party.join(g) {
		go s.carry(context.WithoutCancel(ctx))
	}
	select {
	case <-g.done:
		return g.result
	case <-ctx.Done():
		s.party.quit(g)
		return ctx.Err()
	}
}

// join adds a guest; it is true when the caller is to start a carrier.
func (p *party) join(g *guest) bool {
	p.Lock()
	defer p.Unlock()
	p.waiting = append(p.waiting, g)
	if p.busy == carriers {
		return false
	}
	p.busy++
	p.work.Add(1)
	return true
}

// quit takes a guest away who waits no longer.
func (p *party) quit(g *guest) {
	p.Lock()
	defer p.Unlock()
	if g.group == nil {
		p.waiting = slices.DeleteFunc(p.waiting, func(other *guest) bool { return other == g })
	} else if g.group.left--; g.group.left == 0 {
		g.group.cancel()
	}
}

// take makes a group of those who wait; nil ends the carrier. Of several writes
// of one id the first goes first, alone.
func (p *party) take(l limits, cancel context.CancelFunc) *group {
	p.Lock()
	defer p.Unlock()
	taken, bytes, ids := &group{cancel: cancel}, 0, map[string]bool{}
	rest := p.waiting[:0]
	for _, g := range p.waiting {
		n := len(taken.guests)
		if ids[g.write.id] || n > 0 && (n >= l.writes || bytes+len(g.write.data) > l.bytes) {
			rest = append(rest, g)
		} else {
			taken.guests, g.group = append(taken.guests, g), taken
			bytes += len(g.write.data)
		}
		ids[g.write.id] = true
	}
	clear(p.waiting[len(rest):])
	p.waiting = rest
	if taken.left = len(taken.guests); taken.left == 0 {
		p.busy--
		p.work.Done()
		return nil
	}
	return taken
}

// carry writes groups as long as there are any.
func (s *server) carry(ctx context.Context) {
	for {
		ctx, cancel := context.WithCancel(ctx)
		g := s.party.take(s.d.limits(), cancel)
		if g != nil {
			s.writeGroup(ctx, g.guests)
		}
		cancel()
		if g == nil {
			return
		}
	}
}

func (s *server) writeGroup(ctx context.Context, guests []*guest) {
	results := make([]error, len(guests))
	var c chunk
	for i, g := range guests {
		c.add(i, g.write)
	}
	err := s.writeChunk(ctx, &c, results)
	if err != nil && len(guests) > 1 && ctx.Err() == nil && !errors.Is(err, store.ErrUnreachable) {
		// one write that the server can't take is no reason to refuse the others
		for _, g := range guests {
			s.writeGroup(ctx, []*guest{g})
		}
		return
	}
	for i, g := range guests {
		if g.result = results[i]; err != nil {
			g.result = err
		}
		close(g.done)
	}
}
