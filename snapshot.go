package asyncz

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

const (
	// freshFor is how old what is in memory of all tasks may be, at least; and no
	// younger than so many times what it takes to read them, so that looking at pages
	// costs no more than a part of the store's time.
	freshFor   = time.Second
	freshTimes = 10
	// staleAfter is when it is too old to be shown while it is read anew.
	staleAfter = time.Minute
	// mostEdited is how many tasks may be changed here before all are read anew.
	mostEdited = 1000
	// keptFor is how long it stays when nobody asks.
	keptFor = 5 * time.Minute
)

// A snapshot is what is in memory of all tasks.
type snapshot struct {
	taken time.Time
	took  time.Duration

	faults []string // of stores that could not be read; what stands of them is of before

	mu   sync.RWMutex // guards what follows: pages are made while edits are brought in
	rows []row
	at   map[rowID]int
}

type rowID struct{ store, id string }

// A row is a task of a snapshot.
type row struct {
	listed
	rev  uint64
	key  string // the id of the key that sealed it
	err  string // why it can't be read
	gone bool   // it was removed since
}

// An index is the snapshot that a scheduler has.
type index struct {
	mu      sync.Mutex
	snap    *snapshot
	edited  map[rowID]bool // by this scheduler, since the snapshot was taken
	asked   time.Time
	outrun  bool          // what is being read is out of date already
	reading chan struct{} // closed when the reading that is under way is done; nil: none is
	err     error         // of the last reading
}

// touched notes that this scheduler has changed a task; "" for all of a store.
func (x *index) touched(alias, id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.snap == nil && x.reading == nil:
	case id == "" || len(x.edited) == mostEdited:
		x.snap, x.edited, x.outrun = nil, nil, x.reading != nil
	default:
		x.note(rowID{alias, id})
	}
}

func (x *index) note(id rowID) {
	if x.edited == nil {
		x.edited = map[rowID]bool{}
	}
	x.edited[id] = true
}

// look returns a snapshot that has the changes of this scheduler. One that is old is
// returned and read anew beside; with one that is too old, or none, look waits.
func (x *index) look(ctx context.Context, s *Scheduler) (*snapshot, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.asked = time.Now()
	for {
		old := x.snap == nil || x.asked.Sub(x.snap.taken) > max(freshFor, freshTimes*x.snap.took)
		if old && x.reading == nil {
			x.reading = make(chan struct{})
			go x.read(s, x.snap)
		}
		if x.snap != nil && x.asked.Sub(x.snap.taken) <= staleAfter {
			break
		}
		if err := x.await(ctx); err != nil {
			return nil, err
		}
	}
	x.patch(ctx, s)
	return x.snap, nil
}

// await waits for the reading that is under way.
func (x *index) await(ctx context.Context) error {
	reading := x.reading
	x.mu.Unlock()
	defer x.mu.Lock()
	select {
	case <-reading:
		return x.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read takes a snapshot. It goes on when whoever asked first has gone: others wait.
func (x *index) read(s *Scheduler, before *snapshot) {
	x.mu.Lock()
	edited := x.edited
	x.edited = nil // what is changed from here on may or may not be in what is read
	x.mu.Unlock()
	snap, err := s.takeSnapshot(before)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.err = err
	if x.outrun {
		x.snap, x.outrun = nil, false
	} else if err == nil {
		x.snap = snap
		time.AfterFunc(keptFor, func() { x.forget(snap) })
	} else {
		for id := range edited {
			x.note(id)
		}
	}
	close(x.reading)
	x.reading = nil
}

// forget drops a snapshot that nobody has asked for lately.
func (x *index) forget(snap *snapshot) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.snap != snap {
		return
	}
	if idle := time.Since(x.asked); idle < keptFor {
		time.AfterFunc(keptFor-idle, func() { x.forget(snap) })
		return
	}
	x.snap, x.edited = nil, nil
}

// takeSnapshot reads all tasks. Those whose revision is the one before are not
// decoded again. It fails when no store can be read; of one that can't, beside others
// that can, it keeps what was there before.
func (s *Scheduler) takeSnapshot(before *snapshot) (*snapshot, error) {
	began := time.Now()
	snap := &snapshot{at: map[rowID]int{}}
	if before != nil {
		before.mu.RLock()
		defer before.mu.RUnlock()
		snap.rows = make([]row, 0, len(before.rows))
	}
	var failure error
	for _, alias := range s.aliases {
		if failure = snap.readStore(s.parts[alias], before); failure != nil {
			snap.faults = append(snap.faults, failure.Error())
		}
	}
	if len(snap.faults) == len(s.aliases) {
		return nil, failure
	}
	snap.taken = time.Now()
	snap.took = snap.taken.Sub(began)
	return snap, nil
}

// readStore adds the tasks of one store.
func (s *snapshot) readStore(p *part, before *snapshot) error {
	from := len(s.rows)
	for r, err := range p.store.All(context.Background()) {
		if err != nil && !errors.Is(err, store.ErrCorrupt) {
			s.keepStore(from, p.alias, before)
			return fmt.Errorf("store %q: %w", p.alias, err)
		}
		id := rowID{p.alias, r.ID}
		if _, twice := s.at[id]; twice && r.ID != "" {
			continue // its due time changed during the walk
		}
		row, known := before.row(id, r.Rev)
		if !known || err != nil || p.keeper.Live() {
			row = p.row(r, err)
		}
		s.put(id, row)
	}
	return nil
}

// keepStore takes the tasks of a store from the snapshot before, in place of those
// that were read before it failed.
func (s *snapshot) keepStore(from int, alias string, before *snapshot) {
	for _, r := range s.rows[from:] {
		delete(s.at, rowID{alias, r.ID})
	}
	s.rows = s.rows[:from]
	if before == nil {
		return
	}
	for _, r := range before.rows {
		if r.Store == alias && !r.gone {
			s.put(rowID{alias, r.ID}, r)
		}
	}
}

// row returns the row of a task at a revision, if the snapshot has it.
func (s *snapshot) row(id rowID, rev uint64) (row, bool) {
	if s == nil {
		return row{}, false
	}
	i, ok := s.at[id]
	if !ok || s.rows[i].rev != rev || s.rows[i].gone {
		return row{}, false
	}
	return s.rows[i], true
}

// row reads a record for a snapshot, and leaves the memory of what was decoded to
// those who run tasks.
func (p *part) row(r store.Record, err error) row {
	t := Task{}
	if err == nil {
		st, fault := p.keeper.Read(r, false)
		if err = fault; err == nil {
			t = newTask(p.alias, st)
		}
	}
	made := row{rev: r.Rev}
	if err != nil {
		t, made.err = p.unreadable(r, err), err.Error()
	}
	if !p.keeper.Live() {
		made.key = keyOf(r.Data)
	}
	made.listed = t.listed()
	return made
}

// patch brings in what this scheduler has changed since.
func (x *index) patch(ctx context.Context, s *Scheduler) {
	for id := range x.edited {
		p := s.parts[id.store]
		r, err := p.store.Get(ctx, id.id)
		switch {
		case errors.Is(err, store.ErrNotFound):
			x.snap.put(id, row{gone: true})
		case err != nil && !errors.Is(err, store.ErrCorrupt):
			continue // it is brought in when the store can be read
		default:
			r.ID = id.id
			x.snap.put(id, p.row(r, err))
		}
		delete(x.edited, id)
	}
}

// put sets a row.
func (s *snapshot) put(id rowID, r row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, known := s.at[id]; known {
		s.rows[i] = r
		return
	}
	s.at[id] = len(s.rows)
	s.rows = append(s.rows, r)
}
