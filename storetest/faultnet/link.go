package faultnet

import (
	"context"
	"net"
	"sync"
	"time"
)

// goodbye is how long a server may take to end a connection that was cut, and to
// take one: a busy one takes its time, and one that takes longer hangs.
const goodbye = time.Minute

// A link is one connection of a client, and the one to the server behind it.
type link struct {
	proxy  *Proxy
	client *net.TCPConn
	ended  chan struct{} // closed when the server has ended it too
	broken chan struct{} // closed when it is cut

	mu       sync.Mutex
	server   *net.TCPConn // nil until it is connected
	cut      bool
	requests int    // begun so far
	answered bool   // the last bytes were the server's, so that the next begin a request
	tail     []byte // of the request so far, as far as a marker may begin in it
	caught   *Trap  // whose fault is in the answer that comes next
}

func newLink(p *Proxy, client *net.TCPConn) *link {
	return &link{proxy: p, client: client, ended: make(chan struct{}), broken: make(chan struct{}), answered: true}
}

// run passes bytes in both directions until both sides have ended.
func (l *link) run() {
	defer close(l.ended)
	defer l.proxy.forget(l)
	defer l.client.Close()
	server, ok := l.connect()
	if !ok {
		return
	}
	defer server.Close()
	var requests sync.WaitGroup
	requests.Go(func() { l.pass(l.client, server, l.request); _ = server.CloseWrite() })
	l.pass(server, l.client, l.answer)
	if l.isCut() { // the server reads on until it notices, and its last words go nowhere
		buf := make([]byte, 1<<10)
		for {
			if _, err := server.Read(buf); err != nil {
				break
			}
		}
	}
	l.client.Close()
	requests.Wait()
}

func (l *link) connect() (*net.TCPConn, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.proxy.server)
	if err != nil {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.server = conn.(*net.TCPConn)
	if l.cut {
		conn.Close()
		return nil, false
	}
	return l.server, true
}

// pass passes bytes on until one side ends or the link is cut. Of each piece, look
// says how many bytes still pass, and whether that is the end.
func (l *link) pass(from, to *net.TCPConn, look func(piece []byte) (n int, end bool)) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if !l.wait() {
				return
			}
			pass, end := look(buf[:n])
			switch {
			case end && from == l.client: // which is to hear nothing of what the rest may cause
				l.sever(true, buf[:pass])
				return
			case end:
				_, _ = to.Write(buf[:pass])
				l.sever(false, nil)
				return
			}
			if _, err := to.Write(buf[:pass]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// wait holds a piece back for as long as the network is slow or silent, and tells
// whether the link is still there then.
func (l *link) wait() bool {
	flow, delay := l.proxy.weather()
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-l.broken:
		}
	}
	select {
	case <-flow:
	case <-l.broken:
	}
	return !l.isCut()
}

func (l *link) isCut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut
}

// sever cuts the link: for the client at once, by a reset or a plain end; for the
// server after what was passed on to it, and these last bytes.
func (l *link) sever(reset bool, last []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return
	}
	l.cut = true
	close(l.broken)
	if reset {
		_ = l.client.SetLinger(0)
	}
	l.client.Close()
	if l.server != nil {
		_ = l.server.SetDeadline(time.Now().Add(goodbye))
		_, _ = l.server.Write(last)
		_ = l.server.CloseWrite()
	}
}
