package executor

// fifo is a queue that keeps the memory it grew to. The zero value is empty.
type fifo struct {
	jobs []Job
	head int // jobs before it are gone
}

func (q *fifo) push(j Job) {
	// Moving at least as many places as jobs keeps the cost of a push constant.
	if len(q.jobs) == cap(q.jobs) && q.head > len(q.jobs)/2 {
		n := copy(q.jobs, q.jobs[q.head:])
		clear(q.jobs[n:])
		q.jobs, q.head = q.jobs[:n], 0
	}
	q.jobs = append(q.jobs, j)
}

// pop returns nil when the queue is empty.
func (q *fifo) pop() Job {
	if q.head == len(q.jobs) {
		return nil
	}
	j := q.jobs[q.head]
	q.jobs[q.head] = nil
	q.head++
	if q.head == len(q.jobs) {
		q.jobs, q.head = q.jobs[:0], 0
	}
	return j
}

// take removes the jobs for which wanted returns true and returns them.
func (q *fifo) take(wanted func(Job) bool) (taken []Job) {
	kept := q.jobs[:0]
	for _, j := range q.jobs[q.head:] {
		if wanted(j) {
			taken = append(taken, j)
		} else {
			kept = append(kept, j)
		}
	}
	clear(q.jobs[len(kept):])
	q.jobs, q.head = kept, 0
	return taken
}
