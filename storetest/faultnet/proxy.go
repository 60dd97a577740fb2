// Package faultnet is a network that fails when a test says so: a proxy between
// a client and its server that cuts, refuses, stalls, delays, and loses what is
// on its way. It knows no protocol, and so serves for any that runs over TCP
// without encryption.
//
//	proxy := faultnet.New(t, "127.0.0.1:5432")
//	client := connect(proxy.Addr())
//	trap := proxy.Arm(faultnet.Fault{Marker: "task-1", Do: faultnet.CutAnswer})
//	err := client.Write("task-1") // is done, and its answer is lost
//	happened := trap.Disarm()
package faultnet

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// A Proxy passes bytes between its clients and one server. All methods may be
// called at any time, from any goroutine.
type Proxy struct {
	server, addr string
	claim        net.PacketConn // keeps other proxies off the port while nobody listens on it

	mu       sync.Mutex
	listener net.Listener // nil while connections are refused
	links    map[*link]bool
	trap     *Trap
	flow     chan struct{} // closed while bytes pass
	delay    time.Duration
	closed   bool
}

// New returns a proxy before the server at host:port. It ends with the test.
func New(tb testing.TB, server string) *Proxy {
	tb.Helper()
	p, err := Listen(server)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(p.Close)
	return p
}

// Listen returns a proxy before the server at host:port, on a free port of
// 127.0.0.1.
func Listen(server string) (*Proxy, error) {
	p := &Proxy{server: server, links: map[*link]bool{}, flow: make(chan struct{})}
	close(p.flow)
	var err error
	for range 100 {
		// Below the ports that systems give to outgoing connections, one of which
		// could take the place of this port while connections are refused.
		p.addr = fmt.Sprintf("127.0.0.1:%d", 10000+rand.IntN(10000))
		if err = p.take(); err == nil {
			return p, nil
		}
	}
	return nil, fmt.Errorf("faultnet: no free port: %w", err)
}

// take takes the port, for as long as the proxy is there: while it refuses, it
// does not listen, and a proxy of this or another process could come to sit there.
// So each also holds the port of UDP with the same number.
func (p *Proxy) take() (err error) {
	if p.claim, err = (&net.ListenConfig{}).ListenPacket(context.Background(), "udp", p.addr); err != nil {
		return err
	}
	if err = p.listen(); err != nil {
		p.claim.Close()
	}
	return err
}

// Addr is host:port for clients. It stays the same.
func (p *Proxy) Addr() string { return p.addr }

// Refuse refuses new connections, as a host does on which no server runs. Those
// that are there stay.
func (p *Proxy) Refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		p.listener.Close()
		p.listener = nil
	}
}

// Accept takes new connections again after Refuse. It panics when somebody else
// has taken the port meanwhile.
func (p *Proxy) Accept() {
	if err := p.listen(); err != nil {
		panic(fmt.Sprintf("faultnet: %v", err))
	}
}

// Cut ends all connections at once. It returns when the server has ended them
// too, so that whatever it did for them is done.
func (p *Proxy) Cut() {
	p.mu.Lock()
	links := slices.Collect(maps.Keys(p.links))
	p.mu.Unlock()
	for _, l := range links {
		l.sever(true, nil)
	}
	for _, l := range links {
		<-l.ended
	}
}

// Stall passes nothing on until Resume: connections stay, and are silent.
func (p *Proxy) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.flow:
		p.flow = make(chan struct{})
	default:
	}
}

// Resume passes on what Stall held back.
func (p *Proxy) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.flow:
	default:
		close(p.flow)
	}
}

// Delay holds back all bytes for d, in each direction; 0 ends it.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Close ends the proxy and all its connections.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.Refuse()
	p.Cut()
	p.claim.Close()
}

func (p *Proxy) listen() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil || p.closed {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", p.addr)
	if err != nil {
		return err
	}
	p.listener = listener
	go p.serve(listener)
	return nil
}

func (p *Proxy) serve(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		l := newLink(p, client.(*net.TCPConn))
		p.mu.Lock()
		refused := p.listener != listener
		if !refused {
			p.links[l] = true
		}
		p.mu.Unlock()
		if refused {
			client.Close()
			return
		}
		go l.run()
	}
}

func (p *Proxy) forget(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
	p.trap.leave(l)
}

// weather is what holds back all bytes now.
func (p *Proxy) weather() (flow chan struct{}, delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.flow, p.delay
}
