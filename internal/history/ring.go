package history

import "sync"

// A Ring keeps the last rows in memory. It may be used from any number of
// goroutines.
type Ring[T any] struct {
	most int

	mu   sync.Mutex
	rows []T
	next int // where the next row goes, once the ring is full
}

// NewRing returns a ring of so many rows.
func NewRing[T any](most int) *Ring[T] { return &Ring[T]{most: most} }

// Add takes a row in, in place of the oldest if there are enough.
func (r *Ring[T]) Add(row T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.rows) < r.most {
		r.rows = append(r.rows, row)
		return
	}
	r.rows[r.next] = row
	if r.next++; r.next == r.most {
		r.next = 0
	}
}

// Rows returns those rows that keep wants, the last first. Keep must not change a
// row, nor call the ring.
func (r *Ring[T]) Rows(keep func(*T) bool) []T {
	r.mu.Lock()
	defer r.mu.Unlock()
	var rows []T
	for i := range r.rows {
		row := &r.rows[(r.next+2*len(r.rows)-1-i)%len(r.rows)]
		if keep(row) {
			rows = append(rows, *row)
		}
	}
	return rows
}
