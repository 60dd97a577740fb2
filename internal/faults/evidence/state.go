package evidence

import "github.com/go-asyncz/asyncz/internal/lifecycle"

// Of returns what the checker needs of a state.
func Of(s *lifecycle.State) *State {
	e := &State{Incarnation: s.Incarnation, Prev: s.Prev, Next: s.Next, Paused: s.Paused, Max: s.Def.MaxInstances}
	for i := range s.Runs {
		r := &s.Runs[i]
		e.Runs = append(e.Runs, Run{Fire: r.Fire, Attempt: r.Attempt, Manual: r.Source == lifecycle.Manual, Holder: r.Node, Lease: r.Lease})
	}
	return e
}
