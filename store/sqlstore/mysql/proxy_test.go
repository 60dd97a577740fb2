package mysql_test

import (
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// A proxy stands between a store and the server, and tells of connections.
type proxy struct {
	tb     testing.TB
	l      net.Listener
	to     string
	opened chan struct{} // gets a token for each connection
	closed chan struct{} // and one when it is closed
	deaf   bool          // accepts connections and reads nothing
	pause  atomic.Bool   // reads nothing more of what clients send
	over   chan struct{}

	mu    sync.Mutex
	conns []net.Conn
}

func newProxy(tb testing.TB, l net.Listener, to string, deaf bool) *proxy {
	p := &proxy{tb: tb, l: l, to: to, deaf: deaf, opened: make(chan struct{}, 1000), closed: make(chan struct{}, 1000), over: make(chan struct{})}
	tb.Cleanup(func() { close(p.over); l.Close(); p.cut() })
	go p.serve()
	return p
}

// proxied is the base as seen through a proxy.
func (b base) proxied() (base, *proxy) {
	b.tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(b.tb, err)
	p := newProxy(b.tb, l, b.url.Host, false)
	b.url = b.at(l.Addr().String())
	return b, p
}

// at is the base's URL with another host.
func (b base) at(host string) *url.URL {
	u := *b.url
	u.Host = host
	return &u
}

// socket is the path of a Unix socket that leads to the server.
func (b base) socket() string {
	b.tb.Helper()
	path := filepath.Join(b.tb.TempDir(), "s")
	l, err := net.Listen("unix", path)
	must(b.tb, err)
	newProxy(b.tb, l, b.url.Host, false)
	return path
}

func (p *proxy) serve() {
	for {
		from, err := p.l.Accept()
		if err != nil {
			return
		}
		p.keep(from)
		p.opened <- struct{}{}
		if p.deaf {
			continue
		}
		to, err := net.Dial("tcp", p.to)
		if err != nil {
			from.Close()
			continue
		}
		p.keep(to)
		go func() {
			io.Copy(to, pausing{from, p})
			to.Close()
			p.closed <- struct{}{}
		}()
		go func() {
			io.Copy(from, to)
			from.Close()
		}()
	}
}

// pausing reads until the proxy pauses.
type pausing struct {
	net.Conn
	p *proxy
}

func (r pausing) Read(b []byte) (int, error) {
	if r.p.pause.Load() {
		<-r.p.over
	}
	return r.Conn.Read(b)
}

func (p *proxy) keep(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = append(p.conns, c)
}

// cut ends all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
}
