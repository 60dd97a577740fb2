package history

import "sync"

// A Ring keeps the last rows in memory. It may be used from any number of
// goroutines.
type Ring[T any] struct {
	most int

	mu   sync.Mutex
	rows []*T // which don't change
	next int  // where the next row goes, once the ring is full
}

// NewRing returns a ring of so many rows.
func NewRing[T any](most int) *Ring[T] { return &Ring[T]{most: most} }

// Add takes a row in, in place of the oldest if there are enough.
func (r *Ring[T]) Add(row T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.rows) < r.most {
		r.rows = append(r.rows, &row)
		return
	}
	r.rows[r.next] = &row
	r.next = (r.next + 1) % r.most
}

// Rows returns the rows, the last first. They are those of the ring, and not to be
// changed.
func (r *Ring[T]) Rows() []*T {
	r.mu.Lock()
	defer r.mu.Unlock()
	rows := make([]*T, 0, len(r.rows))
	for i := range r.rows {
		rows = append(rows, r.rows[(r.next+2*len(r.rows)-1-i)%len(r.rows)])
	}
	return rows
}
