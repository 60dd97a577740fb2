package filestore

// A queue is a heap of the entries of one executor that know their places in it.
type queue []*entry

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return byDue(q[i], q[j]) < 0 }
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].pos, q[j].pos = i, j
}

func (q *queue) Push(v any) {
	e := v.(*entry)
	e.pos = len(*q)
	*q = append(*q, e)
}

func (q *queue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return e
}

// A place is one node of one queue's heap.
type place struct {
	queue *queue
	pos   int
}

func (p place) entry() *entry { return (*p.queue)[p.pos] }

// A frontier is a heap of the places that a search has reached.
type frontier []place

func (f frontier) Len() int           { return len(f) }
func (f frontier) Less(i, j int) bool { return byDue(f[i].entry(), f[j].entry()) < 0 }
func (f frontier) Swap(i, j int)      { f[i], f[j] = f[j], f[i] }
func (f *frontier) Push(v any)        { *f = append(*f, v.(place)) }
func (f *frontier) Pop() any {
	last := len(*f) - 1
	p := (*f)[last]
	*f = (*f)[:last]
	return p
}
