package record

import (
	"bytes"
	"slices"
	"sync"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// cacheSize is how many decoded states one generation of the cache holds.
const cacheSize = 16 << 10

// A cache maps the bytes of a record to the state in them. It has two
// generations: when the young one is full it becomes the old one, and what is
// used again moves back.
type cache struct {
	mu         sync.Mutex
	young, old map[string]decoded
}

type decoded struct {
	data  []byte
	state *lifecycle.State
}

func (c *cache) get(id string, data []byte) (*lifecycle.State, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d, ok := c.young[id]
	if !ok {
		if d, ok = c.old[id]; ok {
			c.insert(id, d)
		}
	}
	if !ok || !bytes.Equal(d.data, data) {
		return nil, false
	}
	return d.state, true
}

func (c *cache) put(id string, data []byte, s *lifecycle.State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.insert(id, decoded{data, s})
}

func (c *cache) insert(id string, d decoded) {
	if len(c.young) >= cacheSize || c.young == nil {
		c.young, c.old = make(map[string]decoded), c.young
	}
	c.young[id] = d
}

func (c *cache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young, id)
	delete(c.old, id)
}

// seen remembers the highest sealed revision of each task that this process has
// met, and the earlier tasks of the same id, which must not come back.
type seen struct {
	mu sync.Mutex
	of map[string]sighting
}

type sighting struct {
	incarnation, rev uint64
	buried           []uint64
}

// maxBuried is how many earlier tasks of one id are remembered.
const maxBuried = 16

// note remembers a revision and reports whether it is no older than what was
// seen before.
func (s *seen) note(id string, incarnation, rev uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, known := s.of[id]
	switch {
	case !known:
		if s.of == nil {
			s.of = map[string]sighting{}
		}
	case slices.Contains(last.buried, incarnation):
		return false
	case last.incarnation != incarnation:
		last = last.burying()
	case rev < last.rev:
		return false
	}
	last.incarnation, last.rev = incarnation, rev
	s.of[id] = last
	return true
}

// outdates reports whether a revision is older than what was seen before.
func (s *seen) outdates(id string, incarnation, rev uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.of[id]
	return slices.Contains(last.buried, incarnation) || last.incarnation == incarnation && rev < last.rev
}

// bury remembers that the present task of this id is gone for good.
func (s *seen) bury(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, known := s.of[id]; known {
		s.of[id] = last.burying()
	}
}

func (v sighting) burying() sighting {
	if v.incarnation == 0 {
		return v
	}
	b := append(slices.Clone(v.buried), v.incarnation)
	if len(b) > maxBuried {
		b = b[1:]
	}
	return sighting{buried: b}
}
