package executor

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// The word of places: how many are in use, how many are reserved, and two flags.
const (
	fieldBits = 30
	fieldMask = 1<<fieldBits - 1

	oneUsed     uint64 = 1
	oneReserved uint64 = 1 << fieldBits
	short       uint64 = 1 << (2*fieldBits + 0) // Reserve gave less than was asked for
	closed      uint64 = 1 << (2*fieldBits + 1) // Shutdown was called

	// What an atomic addition takes these off with.
	minusUsed     = ^oneUsed + 1
	minusReserved = ^oneReserved + 1
)

// maxPlaces leaves room in a field to tell one that fell below zero.
const maxPlaces = fieldMask / 2

// places counts the places of an executor.
//
// The counts and the note that somebody got too few are one word, so that no
// place can become free between the look and the note, unseen by both sides.
type places struct {
	word  atomic.Uint64
	limit uint64

	mu        sync.Mutex // guards what follows, for writers
	listeners atomic.Pointer[[]*listener]
	idle      chan struct{} // closed when the last job ends; nil when nobody waits
}

type listener struct{ f func() }

func used(word uint64) uint64     { return word & fieldMask }
func reserved(word uint64) uint64 { return word >> fieldBits & fieldMask }

// setLimit is called once, before the first use.
func (p *places) setLimit(n int) { p.limit = uint64(min(n, maxPlaces)) }

// Load returns how many places are in use, and how many there are.
func (p *places) Load() (running, places int) {
	return int(used(p.word.Load())), int(p.limit)
}

// Reserve takes up to n free places and returns how many it took.
func (p *places) Reserve(n int) int {
	if n < 1 {
		return 0
	}
	for {
		old := p.word.Load()
		if old&closed != 0 {
			return 0
		}
		take := min(uint64(n), p.limit-used(old)-reserved(old))
		word := old + take*oneReserved
		if take < uint64(n) {
			word |= short
		}
		if word == old || p.word.CompareAndSwap(old, word) {
			return int(take)
		}
	}
}

// Release gives n reserved places back. It panics when fewer are reserved.
func (p *places) Release(n int) {
	if n < 1 {
		return
	}
	word := p.word.Add(uint64(n) * minusReserved)
	if uint64(n) > p.limit || reserved(word) > p.limit {
		panic("executor: Release of more places than are reserved")
	}
	if word&short != 0 {
		p.wake()
	}
}

// use turns a reserved place into one in use.
func (p *places) use() {
	if word := p.word.Add(minusReserved + oneUsed); reserved(word) > p.limit {
		panic("executor: Start without a reserved place")
	}
}

// free ends the use of a place.
func (p *places) free() {
	word := p.word.Add(minusUsed)
	if word&closed != 0 && used(word) == 0 {
		p.announceIdle()
	}
	if word&short != 0 {
		p.wake()
	}
}

// wake calls the listeners, unless another call does so for the same shortage.
// Whoever gets too few after the flag was cleared sets it anew.
func (p *places) wake() {
	if p.word.And(^short)&short == 0 {
		return
	}
	if ls := p.listeners.Load(); ls != nil {
		for _, l := range *ls {
			l.f()
		}
	}
}

// OnFree registers f, to be called when a place becomes free after Reserve has
// given less than was asked for: see [Executor].
func (p *places) OnFree(f func()) (remove func()) {
	l := &listener{f}
	p.change(func(ls []*listener) []*listener { return append(ls, l) })
	return func() {
		p.change(func(ls []*listener) []*listener {
			return slices.DeleteFunc(ls, func(x *listener) bool { return x == l })
		})
	}
}

// change replaces the list, so that wake needs no lock to read it.
func (p *places) change(edit func([]*listener) []*listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ls []*listener
	if old := p.listeners.Load(); old != nil {
		ls = slices.Clone(*old)
	}
	ls = edit(ls)
	p.listeners.Store(&ls)
}

// Shutdown waits until no job runs, those that wait in a queue included, or
// until ctx ends, and returns ctx's error in that case. It cancels nothing: a
// second call goes on waiting. Reserve gives no places afterwards.
func (p *places) Shutdown(ctx context.Context) error {
	p.word.Or(closed)
	for {
		idle := p.idleness()
		if used(p.word.Load()) == 0 {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *places) idleness() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle == nil {
		p.idle = make(chan struct{})
	}
	return p.idle
}

func (p *places) announceIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle != nil {
		close(p.idle)
		p.idle = nil
	}
}
