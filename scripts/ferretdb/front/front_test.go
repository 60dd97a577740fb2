package front

import (
	"bytes"
	"encoding/binary"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

func message(op, flags uint32, body string) []byte {
	m := make([]byte, headerLen+4, headerLen+4+len(body))
	binary.LittleEndian.PutUint32(m, uint32(headerLen+4+len(body)))
	binary.LittleEndian.PutUint32(m[12:], op)
	binary.LittleEndian.PutUint32(m[headerLen:], flags)
	return append(m, body...)
}

// start puts a front before a server whose connections are all given to handle.
func start(t *testing.T, handle func(net.Conn)) (connect func() net.Conn) {
	t.Helper()
	clients, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { clients.Close() })
	f := &Front{Dial: func() (net.Conn, error) {
		ours, theirs := net.Pipe()
		go handle(theirs)
		return ours, nil
	}}
	go f.Serve(clients)
	return func() net.Conn {
		c, err := net.Dial("tcp", clients.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
}

func TestCommandsOfAllClientsArePassedOneAtATime(t *testing.T) {
	t.Parallel()
	var atOnce, most atomic.Int32
	connect := start(t, func(c net.Conn) {
		for {
			request, err := readMessage(c)
			if err != nil {
				return
			}
			if n := atOnce.Add(1); n > most.Load() {
				most.Store(n)
			}
			for range 100 {
				runtime.Gosched() // the others have their chance to come in between
			}
			atOnce.Add(-1)
			if _, err := c.Write(request); err != nil {
				return
			}
		}
	})
	var clients sync.WaitGroup
	for range 8 {
		c := connect()
		clients.Go(func() {
			for range 50 {
				want := message(opMsg, 0, "hello")
				if _, err := c.Write(want); err != nil {
					t.Error(err)
					return
				}
				if got, err := readMessage(c); err != nil || !bytes.Equal(got, want) {
					t.Errorf("answer %q, error %v", got, err)
					return
				}
			}
		})
	}
	clients.Wait()
	if most.Load() != 1 {
		t.Errorf("%d commands were at the server at once", most.Load())
	}
}

func TestACommandThatIsNotAnsweredHoldsUpNobody(t *testing.T) {
	t.Parallel()
	connect := start(t, func(c net.Conn) {
		for {
			request, err := readMessage(c)
			if err != nil {
				return
			}
			if binary.LittleEndian.Uint32(request[headerLen:])&moreToCome != 0 {
				continue
			}
			if _, err := c.Write(request); err != nil {
				return
			}
		}
	})
	c := connect()
	last := message(opMsg, 0, "answered")
	if _, err := c.Write(append(message(opMsg, moreToCome, "not answered"), last...)); err != nil {
		t.Fatal(err)
	}
	if got, err := readMessage(c); err != nil || !bytes.Equal(got, last) {
		t.Errorf("answer %q, error %v", got, err)
	}
}

func TestWhatIsNoMessageEndsTheConnection(t *testing.T) {
	t.Parallel()
	connect := start(t, func(net.Conn) {})
	for _, length := range []uint32{0, headerLen - 1, maxMessage + 1} {
		c := connect()
		if err := binary.Write(c, binary.LittleEndian, length); err != nil {
			t.Fatal(err)
		}
		if got, err := readMessage(c); err == nil {
			t.Errorf("a length of %d is answered with %q", length, got)
		}
	}
}
