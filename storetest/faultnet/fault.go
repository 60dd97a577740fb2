package faultnet

import "bytes"

// An Action says where a connection is cut.
type Action uint8

const (
	// CutRequest cuts after some bytes of a request: with none of them the server
	// never hears of it.
	CutRequest Action = iota
	// CutAnswer passes the whole request, and cuts after some bytes of the answer:
	// with none of them it is swallowed, and what was asked for is done.
	CutAnswer
)

// Half, as the number of bytes, is half of what comes in one piece.
const Half = -1

// A Fault is what is to happen to one connection.
//
// A request is what a client sends until the server sends something, and an
// answer what the server sends until the client does.
type Fault struct {
	// Marker chooses the request: the first that holds these bytes, such as the id
	// of a record. Empty: the next request of any client.
	Marker string
	// Skip chooses a later request instead, that many further on on the same connection.
	Skip int
	// Do says what happens, once.
	Do Action
	// Bytes is the number of bytes that still pass, or Half.
	Bytes int
}

// A Trap is a fault that waits for its request. One whose connection ends
// meanwhile, or without an answer that was to be cut, waits for another.
type Trap struct {
	proxy  *Proxy
	fault  Fault
	sprung chan struct{}
	// Guarded by the lock of the proxy:
	link  *link // that sent the marker
	first int   // the request that held it
}

// Arm sets a trap, in place of the one that was set before.
func (p *Proxy) Arm(f Fault) *Trap {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trap = &Trap{proxy: p, fault: f, sprung: make(chan struct{})}
	return p.trap
}

// Sprung is closed when the fault happens.
func (t *Trap) Sprung() <-chan struct{} { return t.sprung }

// Disarm takes the trap away, and tells whether the fault has happened. If it has,
// Disarm returns when the server has ended the connection too, so that whatever
// it did for it is done.
func (t *Trap) Disarm() bool {
	t.proxy.mu.Lock()
	if t.proxy.trap == t {
		t.proxy.trap = nil
	}
	l := t.link
	t.proxy.mu.Unlock()
	select {
	case <-t.sprung:
		<-l.ended
		return true
	default:
		return false
	}
}

// springs tells whether a piece of a request, with what came before it, is that
// for which the trap waits. The lock of the link is held.
func (t *Trap) springs(l *link, request []byte) bool {
	t.proxy.mu.Lock()
	defer t.proxy.mu.Unlock()
	if t.proxy.trap != t {
		return false
	}
	if t.link == nil && bytes.Contains(request, []byte(t.fault.Marker)) {
		t.link, t.first = l, l.requests
	}
	if t.link != l || l.requests-t.first != t.fault.Skip {
		return false
	}
	if t.fault.Do == CutRequest {
		t.spring()
	}
	return true
}

// springsAtAnswer tells whether the trap is still set when the answer comes.
func (t *Trap) springsAtAnswer() bool {
	t.proxy.mu.Lock()
	defer t.proxy.mu.Unlock()
	if t.proxy.trap != t {
		return false
	}
	t.spring()
	return true
}

// spring lets the fault happen. The lock of the proxy is held.
func (t *Trap) spring() {
	t.proxy.trap = nil
	close(t.sprung)
}

// leave lets a trap that waits for a link wait for another. The lock of the proxy
// is held.
func (t *Trap) leave(l *link) {
	if t != nil && t.link == l {
		t.link = nil
	}
}

// request looks at a piece of a request.
func (l *link) request(piece []byte) (pass int, end bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.answered {
		l.answered, l.tail = false, nil
		l.requests++
	}
	l.proxy.mu.Lock()
	t := l.proxy.trap
	l.proxy.mu.Unlock()
	if t == nil {
		return len(piece), false
	}
	whole := append(l.tail, piece...)
	l.tail = bytes.Clone(whole[max(0, len(whole)-len(t.fault.Marker)):])
	switch {
	case !t.springs(l, whole):
		return len(piece), false
	case t.fault.Do == CutAnswer:
		l.caught = t
		return len(piece), false
	}
	return t.fault.passes(piece), true
}

// answer looks at a piece of an answer.
func (l *link) answer(piece []byte) (pass int, end bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered = true
	t := l.caught
	l.caught = nil
	if t == nil || !t.springsAtAnswer() {
		return len(piece), false
	}
	return t.fault.passes(piece), true
}

func (f Fault) passes(piece []byte) int {
	if f.Bytes == Half {
		return (len(piece) + 1) / 2
	}
	return min(f.Bytes, len(piece))
}
