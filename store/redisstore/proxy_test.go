package redisstore_test

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// A proxy stands between a store and its server, and can keep answers from coming.
type proxy struct {
	tb    testing.TB
	l     net.Listener
	to    atomic.Value  // the address of the server
	mute  atomic.Bool   // answers are thrown away
	muted chan struct{} // gets a value for each answer thrown away
	mu    sync.Mutex
	conns []net.Conn
}

func newProxy(tb testing.TB, to string) *proxy {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, err)
	p := &proxy{tb: tb, l: l, muted: make(chan struct{}, 1000)}
	p.to.Store(to)
	var group sync.WaitGroup
	group.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() { p.serve(c) })
		}
	})
	tb.Cleanup(func() { l.Close(); p.cut(); group.Wait() })
	return p
}

func (p *proxy) address() string { return p.l.Addr().String() }

// cut ends all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

func (p *proxy) serve(c net.Conn) {
	s, err := net.Dial("tcp", p.to.Load().(string))
	if err != nil {
		c.Close()
		return
	}
	p.mu.Lock()
	p.conns = append(p.conns, c, s)
	p.mu.Unlock()
	go func() {
		defer s.Close()
		_, _ = io.Copy(s, c)
	}()
	defer c.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := s.Read(buffer)
		if err != nil {
			return
		}
		if p.mute.Load() {
			p.muted <- struct{}{}
			continue
		}
		if _, err := c.Write(buffer[:n]); err != nil {
			return
		}
	}
}
