package engine

import (
	"context"
	"time"

	"github.com/go-asyncz/asyncz/internal/journal"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// JournalFrom returns the journal of the run that a context belongs to; nil
// outside of one.
func JournalFrom(ctx context.Context) *journal.Journal {
	h, ok := ctx.Value(runKey{}).(*handle)
	if !ok {
		return nil
	}
	if j := h.said.Load(); j != nil {
		return j
	}
	h.said.CompareAndSwap(nil, new(journal.Journal))
	return h.said.Load()
}

// A Speaker is an attempt in this node's hands that has said something.
type Speaker struct {
	Task string
	Run  lifecycle.Run
	Said *journal.Journal
}

// Speakers returns the attempts in this node's hands that have said something.
func (e *Engine) Speakers() (all []Speaker) {
	e.hands.Lock()
	defer e.hands.Unlock()
	for id, t := range e.loop.held {
		for _, h := range t.handles {
			if j := h.said.Load(); j != nil {
				all = append(all, Speaker{id, h.run, j})
			}
		}
	}
	return all
}

// Speaker returns the attempt of a run that is in this node's hands, if it has
// said something.
func (e *Engine) Speaker(task string, fire time.Time) (Speaker, bool) {
	e.hands.Lock()
	defer e.hands.Unlock()
	if t := e.loop.held[task]; t != nil {
		for _, h := range t.handles {
			if j := h.said.Load(); j != nil && h.run.Fire.Equal(fire) {
				return Speaker{task, h.run, j}, true
			}
		}
	}
	return Speaker{}, false
}
