package mutants

// all are the deliberate bugs, by name.
var all = map[string][]change{
	// A write takes whatever revision there is for the one that it was planned from.
	"check-then-set": {{"internal/engine/disk.go",
		"func (d disk) batch(ctx context.Context, writes []store.Write) ([]error, error) {\n",
		`func (d disk) batch(ctx context.Context, writes []store.Write) ([]error, error) {
	for i := range writes {
		if r, err := d.Get(ctx, writes[i].Record.ID); err == nil {
			writes[i].Record.Rev = r.Rev
		}
	}
`}},
	// Leases go by the clock of the node.
	"own-clock": {{"internal/engine/disk.go",
		"	if d.clock == nil {\n		return nodeclock.Now()\n",
		"	if d.clock != nil {\n		return nodeclock.Now()\n"}},
	// Runs begin before the write that says so.
	"run-then-write": {
		{"internal/engine/flight.go",
			"		c.sent = true\n",
			`		c.sent = true
		if c.state != nil {
			for _, r := range c.decision.Start {
				e.launch(c, r)
			}
			c.decision.Start = nil
		}
`},
	},
	// What can't be read is removed.
	"delete-unreadable": {
		{"internal/engine/plan.go",
			"	if err != nil {\n		e.leave(r, u, err, k, m.Now)\n",
			"	if err != nil {\n		_ = e.disk.Delete(context.Background(), r.ID, 0)\n		e.leave(r, u, err, k, m.Now)\n"},
		{"internal/engine/plan.go",
			"import (\n",
			"import (\n	\"context\"\n"},
	},
	// A store that failed is left alone for longer than a lease.
	"slow-retry": {{"internal/engine/loop.go",
		"o.since, o.wait = time.Now(), 50*time.Millisecond\n",
		"o.since, o.wait = time.Now(), 15*time.Second\n"}},
	// The next instant is counted from the clock, when that was set back.
	"next-from-clock": {
		{"internal/lifecycle/plan.go",
			"	if next, ok := s.series.Next(last, m.Now); ok {\n",
			`	if clock := nodeclock.Now(); clock.Before(last) {
		last = clock
	}
	if next, ok := s.series.Next(last, m.Now); ok {
`},
		{"internal/lifecycle/plan.go",
			"	\"time\"\n)\n",
			"	\"time\"\n\n	\"github.com/go-asyncz/asyncz/internal/nodeclock\"\n)\n"},
	},
	// A task that has missed a hundred fires is given up.
	"give-up": {{"internal/lifecycle/plan.go",
		"	if more == 0 {\n		last = s.Next\n	}\n",
		"	if more == 0 {\n		last = s.Next\n	}\n	if more > 100 {\n		s.unschedule()\n		return\n	}\n"}},
}
