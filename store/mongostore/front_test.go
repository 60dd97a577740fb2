package mongostore_test

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A front stands between a store and its server and passes their messages on. It
// can cut a connection before a command or instead of its reply, answer a
// command itself, and change a reply, which is how these tests meet what the
// server at hand doesn't do by itself.
type front struct {
	tb      testing.TB
	listen  net.Listener
	backend string

	mu      sync.Mutex
	rule    func(command string, body bson.Raw) action
	edit    func(command string, reply bson.D) bson.D
	inSet   bool // it looks like the primary of a replica set
	open    map[net.Conn]bool
	refuses bool
	seen    map[string]int // commands, by name
	refused chan struct{}  // hears of connections that broke at once
}

// An action is what a front does with a command.
type action int

const (
	pass    action = iota
	cut            // the connection breaks before the server has the command
	swallow        // the server does the command, and the connection breaks instead of the reply
	silence        // the server does the command, and its reply never comes
)

func newFront(tb testing.TB, backend string) *front {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, err)
	f := &front{tb: tb, listen: l, backend: backend, open: map[net.Conn]bool{}, seen: map[string]int{}, refused: make(chan struct{}, 1)}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() { f.serve(c) })
		}
	})
	tb.Cleanup(func() {
		l.Close()
		f.cutAll(true)
		group.Wait()
	})
	return f
}

func (f *front) addr() string { return f.listen.Addr().String() }

// on sets what happens to commands from now on.
func (f *front) on(rule func(command string, body bson.Raw) action) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rule = rule
}

// once does something to the next command of that name, and tells when it has.
func (f *front) once(name string, do action) (done <-chan struct{}) {
	c := make(chan struct{})
	f.on(func(command string, _ bson.Raw) action {
		select {
		case <-c:
			return pass
		default:
		}
		if command != name {
			return pass
		}
		close(c)
		return do
	})
	return c
}

// replies changes replies from now on; a nil reply is the server's.
func (f *front) replies(edit func(command string, reply bson.D) bson.D) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.edit = edit
}

// cutAll breaks all connections; with refuse, new ones break at once.
func (f *front) cutAll(refuse bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuses = refuse
	for c := range f.open {
		c.Close()
	}
}

// count is how often a command came.
func (f *front) count(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen[name]
}

func (f *front) serve(c net.Conn) {
	defer c.Close()
	b, err := net.Dial("tcp", f.backend)
	if err != nil {
		return
	}
	defer b.Close()
	f.mu.Lock()
	if f.refuses {
		f.mu.Unlock()
		select {
		case f.refused <- struct{}{}:
		default:
		}
		return
	}
	f.open[c] = true
	f.mu.Unlock()
	defer func() { f.mu.Lock(); delete(f.open, c); f.mu.Unlock() }()
	for f.pass(c, b) == nil {
	}
}

// pass passes on one command and its reply.
func (f *front) pass(c, b net.Conn) error {
	request, err := readMessage(c)
	if err != nil {
		return err
	}
	name, body := commandOf(request)
	f.mu.Lock()
	f.seen[name]++
	rule, edit, inSet := f.rule, f.edit, f.inSet
	f.mu.Unlock()
	do := pass
	if rule != nil {
		do = rule(name, body)
	}
	if do == cut {
		return io.EOF
	}
	if _, err := b.Write(request); err != nil {
		return err
	}
	reply, err := readMessage(b)
	if err != nil || do == swallow {
		return io.EOF
	}
	if do == silence {
		_, err = io.Copy(io.Discard, c) // until the store gives up
		return err
	}
	if inSet {
		reply = editReply(reply, func(d bson.D) bson.D { return f.setReply(name, d) })
	}
	if edit != nil {
		reply = editReply(reply, func(d bson.D) bson.D { return edit(name, d) })
	}
	_, err = c.Write(reply)
	return err
}

func readMessage(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.LittleEndian.Uint32(size[:]))
	copy(message, size[:])
	_, err := io.ReadFull(r, message[4:])
	return message, err
}

// The parts of messages, see https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/.
const (
	headerSize  = 16
	messageBody = headerSize + 4 + 1         // flags, kind of the first section
	replyBody   = headerSize + 4 + 8 + 4 + 4 // flags, cursor, number of the first, number
)

// The kinds of messages; the driver begins a connection with the old kind.
const (
	opReply = 1
	opQuery = 2004
	opMsg   = 2013
)

func opcode(message []byte) uint32 { return binary.LittleEndian.Uint32(message[12:]) }

// commandOf returns the name of a command and its document.
func commandOf(message []byte) (string, bson.Raw) {
	var body bson.Raw
	switch opcode(message) {
	case opMsg:
		body = bson.Raw(message[messageBody:])
	case opQuery:
		text := message[headerSize+4:]
		body = bson.Raw(text[strings.IndexByte(string(text), 0)+1+8:])
	default:
		return "", nil
	}
	body = body[:binary.LittleEndian.Uint32(body)]
	first, err := body.IndexErr(0)
	if err != nil {
		return "", nil
	}
	return first.Key(), body
}

// editReply changes the document of a reply.
func editReply(message []byte, edit func(bson.D) bson.D) []byte {
	at := messageBody
	if opcode(message) == opReply {
		at = replyBody
	}
	var d bson.D
	if bson.Unmarshal(message[at:], &d) != nil {
		return message
	}
	changed, err := bson.Marshal(edit(d))
	if err != nil {
		return message
	}
	out := append(message[:at:at], changed...)
	binary.LittleEndian.PutUint32(out, uint32(len(out)))
	return out
}

// asReplicaSet makes the server look like the primary of a replica set, so that
// the driver repeats writes whose reply is lost. The server at hand does not
// know a repeated write again, as MongoDB does: what is tested is the harder case.
// It stays one whatever replies does to others: a driver that asks again, after ten
// seconds, drops a server that has left its set.
func (f *front) asReplicaSet() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inSet = true
}

// setReply is the reply of a primary.
func (f *front) setReply(command string, reply bson.D) bson.D {
	if c := strings.ToLower(command); c != "hello" && c != "ismaster" {
		return reply
	}
	for key, value := range map[string]any{
		"setName": "rs0", "setVersion": int32(1), "electionId": bson.ObjectID{1}, "hosts": bson.A{f.addr()},
		"primary": f.addr(), "me": f.addr(), "secondary": false, "isWritablePrimary": true, "ismaster": true,
	} {
		reply = set(reply, key, value)
	}
	return reply
}

// set gives a document a field.
func set(d bson.D, key string, value any) bson.D {
	for i := range d {
		if d[i].Key == key {
			d[i].Value = value
			return d
		}
	}
	return append(d, bson.E{Key: key, Value: value})
}
