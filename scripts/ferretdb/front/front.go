// Package front stands before a server that speaks MongoDB's protocol and passes
// it one command at a time.
package front

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
)

// A Front passes the commands of its clients on to a server: the next goes out
// when the one before it was answered.
type Front struct {
	Dial    func() (net.Conn, error) // connects to the server
	command sync.Mutex               // held from a command to its answer
}

// Serve serves the clients that connect, until the listener is closed.
func (f *Front) Serve(clients net.Listener) {
	for {
		client, err := clients.Accept()
		if err != nil {
			return
		}
		go f.attend(client)
	}
}

// attend serves one client, on a connection of its own to the server.
func (f *Front) attend(client net.Conn) {
	defer client.Close()
	server, err := f.Dial()
	if err != nil {
		return
	}
	defer server.Close()
	for {
		request, err := readMessage(client)
		if err != nil {
			return
		}
		answer, err := f.exchange(server, request)
		if err != nil {
			return
		}
		if _, err := client.Write(answer); err != nil {
			return
		}
	}
}

// exchange returns the answer to a request, which is empty when none is due.
func (f *Front) exchange(server net.Conn, request []byte) ([]byte, error) {
	f.command.Lock()
	defer f.command.Unlock()
	if _, err := server.Write(request); err != nil {
		return nil, err
	}
	if !wantsAnswer(request) {
		return nil, nil
	}
	return readMessage(server)
}

const (
	headerLen  = 16       // length, request id, id answered to, operation: 4 bytes each
	maxMessage = 48 << 20 // MongoDB's own limit
	opMsg      = 2013
	moreToCome = 1 << 1 // flag of an opMsg that is not answered
)

func wantsAnswer(message []byte) bool {
	return len(message) < headerLen+4 || binary.LittleEndian.Uint32(message[12:]) != opMsg ||
		binary.LittleEndian.Uint32(message[headerLen:])&moreToCome == 0
}

func readMessage(r io.Reader) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(length[:])
	if n < headerLen || n > maxMessage {
		return nil, fmt.Errorf("a message of %d bytes", n)
	}
	message := make([]byte, n)
	copy(message, length[:])
	_, err := io.ReadFull(r, message[len(length):])
	return message, err
}
