package measure

import "sync"

// Others is the label of the tasks that are over the bound.
const Others = "(others)"

// names are the tasks that have series of their own: the first so many that were
// met. A bound there must be, because each task of each histogram is two dozen
// series for good, and tasks may come and go by the million.
type names struct {
	most int
	mu   sync.RWMutex
	of   map[[2]string]struct{}
}

func newNames(most int) *names { return &names{most: most, of: map[[2]string]struct{}{}} }

// label returns the value of the label task, and "" if tasks are not told apart.
func (n *names) label(store, task string) string {
	if n.most == 0 {
		return ""
	}
	key := [2]string{store, task}
	n.mu.RLock()
	_, known := n.of[key]
	full := len(n.of) >= n.most
	n.mu.RUnlock()
	switch {
	case known:
		return task
	case full:
		return Others
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, known = n.of[key]; known {
		return task
	}
	if len(n.of) >= n.most {
		return Others
	}
	n.of[key] = struct{}{}
	return task
}
