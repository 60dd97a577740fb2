package engine

import (
	"context"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// Company tells the engine whether other nodes use its store now. In company due
// tasks are claimed before they are planned, and a run whose lease has ended is
// told so, because another node may have it.
func (e *Engine) Company(on bool) { e.company.Store(on) }

// inCompany reports whether others use the store, as far as known: the engine
// was told so, or has lost a race lately.
func (e *Engine) inCompany(now time.Time) bool {
	return e.company.Load() || now.Sub(time.Unix(0, e.raced.Load())).Abs() < companyFor
}

// follow takes in what stands in the store of a task in hand: it notes the ends
// of leases, and ends the contexts of runs that are no longer this node's.
func (t *holding) follow(s *lifecycle.State, rev uint64) {
	t.state, t.rev = s, rev
	for _, h := range t.handles {
		if end, held := s.LeaseOf(&h.run); held {
			h.lease.Store(nanos(end))
		} else {
			h.ctx.cancel(ErrLeaseLost)
		}
	}
}

// guard tells runs that their leases have ended while the loop could not renew
// them, because the store is away or this process stood still. It doesn't wait
// for the store, as the loop does.
func (e *Engine) guard(ctx context.Context) {
	for {
		wait := time.Unix(0, e.renewed.Load()).Add(e.Lease).Sub(e.disk.now())
		if pause(ctx, e.disk.wait(max(wait, e.Heartbeat/3))) != nil {
			return
		}
		if now := e.disk.now(); e.inCompany(now) && now.UnixNano() >= e.renewed.Load()+int64(e.Lease) {
			e.fence(now)
		}
	}
}

// fence ends the contexts of the runs whose leases have ended.
func (e *Engine) fence(now time.Time) {
	e.hands.Lock()
	defer e.hands.Unlock()
	for _, t := range e.loop.held {
		for _, h := range t.handles {
			if lease := h.lease.Load(); lease != 0 && lease <= now.UnixNano() {
				h.ctx.cancel(ErrLeaseLost)
			}
		}
	}
}
