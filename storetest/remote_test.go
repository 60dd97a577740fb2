package storetest

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// A letter is a request to the server of a world, or its answer.
type letter struct {
	Method  string
	ID      string
	Rev     uint64
	Record  store.Record
	Records []store.Record
	Writes  []store.Write
	Query   store.DueQuery
	Hold    time.Time
	Labels  []string
	Entries []store.RunEntry
	Runs    store.RunQuery
	Before  time.Time
	Keep    int
	Members []store.Member
	Offset  int
	Err     string
	Errs    []string
}

func send(c net.Conn, l letter) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = c.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...))
	return err
}

func receive(c net.Conn) (l letter, err error) {
	var length [4]byte
	if _, err := io.ReadFull(c, length[:]); err != nil {
		return l, err
	}
	text := make([]byte, binary.BigEndian.Uint32(length[:]))
	if _, err := io.ReadFull(c, text); err != nil {
		return l, err
	}
	return l, json.Unmarshal(text, &l)
}

// serve makes a server of a world, and returns its address.
func (w *world) serve(tb testing.TB, answer func(h *handle, l letter) letter) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go w.attend(c, answer)
		}
	}()
	return listener.Addr().String()
}

func (w *world) attend(c net.Conn, answer func(h *handle, l letter) letter) {
	defer c.Close()
	h := w.open()
	for {
		l, err := receive(c)
		if err != nil {
			return
		}
		if l.Method == "watch" {
			go func() {
				_, _ = receive(c) // nothing comes but the end
				h.Close()
			}()
			_ = h.Watch(context.Background(), func() { _ = send(c, letter{}) })
			return
		}
		if err := send(c, answer(h, l)); err != nil {
			return
		}
	}
}

// page is the number of records in an answer.
const page = 100

// answer does what a letter asks for.
func answer(h *handle, l letter) (a letter) {
	ctx := context.Background()
	var err error
	switch l.Method {
	case "hello":
	case "add":
		err = h.Add(ctx, l.Record)
	case "fetch":
		a.Record, err = h.Get(ctx, l.ID)
	case "update":
		err = h.Update(ctx, l.Record)
	case "drop":
		err = h.Delete(ctx, l.ID, l.Rev)
	case "clear":
		err = h.Clear(ctx)
	case "due":
		a.Records, err = h.Due(ctx, l.Query)
	case "next":
		a.Hold, err = h.NextDue(ctx, l.Labels)
	case "all":
		a.Records, err = collect(h.All(ctx))
		a.Records = a.Records[min(l.Offset, len(a.Records)):]
		a.Records = a.Records[:min(page, len(a.Records))]
	case "claim":
		a.Records, err = h.Claim(ctx, l.Query, l.Hold)
	case "batch":
		var results []error
		results, err = h.Batch(ctx, l.Writes)
		for _, r := range results {
			a.Errs = append(a.Errs, text(r))
		}
	case "now":
		a.Hold, err = h.Now(ctx)
	case "append":
		err = h.AppendRuns(ctx, l.Entries)
	case "runs":
		a.Entries, err = collect(h.Runs(ctx, l.Runs))
	case "trim":
		a.Keep, err = h.TrimRuns(ctx, l.ID, l.Before, l.Keep)
	case "beat":
		err = h.Beat(ctx, l.Members[0])
	case "leave":
		err = h.Leave(ctx, l.ID)
	case "members":
		a.Members, err = h.Members(ctx)
	}
	a.Err = text(err)
	return a
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func untext(text string) error {
	if text == "" {
		return nil
	}
	for _, e := range []error{store.ErrExists, store.ErrNotFound, store.ErrConflict, store.ErrInvalid, store.ErrCorrupt} {
		if rest, ok := strings.CutPrefix(text, e.Error()); ok {
			return fmt.Errorf("%w%s", e, rest)
		}
	}
	return errors.New(text)
}

// A remote is a store on the server of a world, over one connection.
type remote struct {
	address string
	flaws   flaws

	mu     sync.Mutex // held during an exchange
	conn   net.Conn   // nil: none
	closed chan struct{}
	once   sync.Once
}

// secret is the password, which nobody needs to know.
const secret = "a very secret password"

func openRemote(ctx context.Context, address string, f flaws) (*remote, error) {
	r := &remote{address: address, flaws: f, closed: make(chan struct{})}
	if f.opensLazily {
		return r, nil
	}
	if _, err := r.exchange(ctx, letter{Method: "hello"}); err != nil {
		return nil, fmt.Errorf("opening: %w", err)
	}
	return r, nil
}

// exchange sends a letter and waits for the answer.
func (r *remote) exchange(ctx context.Context, l letter) (letter, error) {
	if err := ctx.Err(); err != nil {
		return letter{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a, err := r.attempt(ctx, l)
	if err != nil && ctx.Err() == nil && (r.flaws.resends && l.Method != "claim" || r.flaws.resendsClaims && l.Method == "claim") {
		a, err = r.attempt(ctx, l)
	}
	switch {
	case err == nil:
		return a, untext(a.Err)
	case r.flaws.believes:
		return a, nil
	case ctx.Err() != nil && !r.flaws.hidesContext:
		return a, ctx.Err()
	}
	return a, r.unreachable(err)
}

func (r *remote) unreachable(err error) error {
	where := r.address
	if r.flaws.hidesAddress {
		where, err = "the server", errors.New("no connection")
	}
	if r.flaws.showsPassword {
		where = "user:" + secret + "@" + where
	}
	if r.flaws.hidesKind {
		return fmt.Errorf("%s: %w", where, err)
	}
	return fmt.Errorf("%w: %s: %w", store.ErrUnreachable, where, err)
}

func (r *remote) attempt(ctx context.Context, l letter) (a letter, err error) {
	if r.conn == nil {
		if r.conn, err = r.dial(ctx); err != nil {
			r.conn = nil
			return a, err
		}
	}
	conn := r.conn
	if !r.flaws.ignoresContext {
		defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	}
	defer func() {
		if err != nil {
			conn.Close()
			if !r.flaws.dies {
				r.conn = nil
			}
		}
	}()
	if r.flaws.tears && l.Method == "add" {
		head := l
		head.Record.Data = nil
		if err := send(conn, head); err != nil {
			return a, err
		}
		if a, err = receive(conn); err != nil || a.Err != "" {
			return a, err
		}
		l.Method, l.Record.Rev = "fill", 1
	}
	if err := send(conn, l); err != nil {
		return a, err
	}
	return receive(conn)
}

func (r *remote) dial(ctx context.Context) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", r.address)
}

func (r *remote) Add(ctx context.Context, rec store.Record) error {
	_, err := r.exchange(ctx, letter{Method: "add", Record: rec})
	return err
}

func (r *remote) Get(ctx context.Context, id string) (store.Record, error) {
	a, err := r.exchange(ctx, letter{Method: "fetch", ID: id})
	return a.Record, err
}

func (r *remote) Update(ctx context.Context, rec store.Record) error {
	_, err := r.exchange(ctx, letter{Method: "update", Record: rec})
	return err
}

func (r *remote) Delete(ctx context.Context, id string, rev uint64) error {
	_, err := r.exchange(ctx, letter{Method: "drop", ID: id, Rev: rev})
	return err
}

func (r *remote) Clear(ctx context.Context) error {
	_, err := r.exchange(ctx, letter{Method: "clear"})
	return err
}

func (r *remote) Due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	a, err := r.exchange(ctx, letter{Method: "due", Query: q})
	return a.Records, err
}

func (r *remote) NextDue(ctx context.Context, labels []string) (time.Time, error) {
	a, err := r.exchange(ctx, letter{Method: "next", Labels: labels})
	return a.Hold, err
}

func (r *remote) All(ctx context.Context) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		for offset := 0; ; offset += page {
			a, err := r.exchange(ctx, letter{Method: "all", Offset: offset})
			if err != nil {
				if offset == 0 || !r.flaws.endsWalks {
					yield(store.Record{}, err)
				}
				return
			}
			for _, rec := range a.Records {
				if !yield(rec, nil) {
					return
				}
			}
			if len(a.Records) < page {
				return
			}
		}
	}
}

func (r *remote) Claim(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
	a, err := r.exchange(ctx, letter{Method: "claim", Query: q, Hold: hold})
	return a.Records, err
}

func (r *remote) Batch(ctx context.Context, writes []store.Write) ([]error, error) {
	a, err := r.exchange(ctx, letter{Method: "batch", Writes: writes})
	if err != nil {
		return nil, err
	}
	results := make([]error, len(writes))
	for i := range a.Errs {
		results[i] = untext(a.Errs[i])
	}
	return results, nil
}

func (r *remote) Now(ctx context.Context) (time.Time, error) {
	a, err := r.exchange(ctx, letter{Method: "now"})
	return a.Hold, err
}

func (r *remote) AppendRuns(ctx context.Context, entries []store.RunEntry) error {
	_, err := r.exchange(ctx, letter{Method: "append", Entries: entries})
	return err
}

func (r *remote) Runs(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
	return func(yield func(store.RunEntry, error) bool) {
		a, err := r.exchange(ctx, letter{Method: "runs", Runs: q})
		if err != nil {
			yield(store.RunEntry{}, err)
			return
		}
		for _, e := range a.Entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (r *remote) TrimRuns(ctx context.Context, log string, before time.Time, keep int) (int, error) {
	a, err := r.exchange(ctx, letter{Method: "trim", ID: log, Before: before, Keep: keep})
	return a.Keep, err
}

func (r *remote) Beat(ctx context.Context, m store.Member) error {
	_, err := r.exchange(ctx, letter{Method: "beat", Members: []store.Member{m}})
	return err
}

func (r *remote) Leave(ctx context.Context, node string) error {
	_, err := r.exchange(ctx, letter{Method: "leave", ID: node})
	return err
}

func (r *remote) Members(ctx context.Context) ([]store.Member, error) {
	a, err := r.exchange(ctx, letter{Method: "members"})
	return a.Members, err
}

func (r *remote) Watch(ctx context.Context, wake func()) error {
	conn, err := r.dial(ctx)
	if err != nil {
		return r.unreachable(err)
	}
	defer conn.Close()
	if !r.flaws.ignoresContext {
		defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	}
	err = send(conn, letter{Method: "watch"})
	for err == nil {
		if _, err = receive(conn); err == nil {
			wake()
		}
	}
	switch {
	case ctx.Err() != nil && !r.flaws.hidesContext:
		return ctx.Err()
	case r.flaws.watchesOn:
		<-ctx.Done()
		return ctx.Err()
	case r.flaws.endsWatch:
		return nil
	}
	return r.unreachable(err)
}

func (r *remote) Close() error {
	r.once.Do(func() {
		close(r.closed)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.conn != nil {
			r.conn.Close()
		}
	})
	return nil
}

// server is what answers the letters of a store with these flaws.
func (f flaws) server() func(h *handle, l letter) letter {
	return func(h *handle, l letter) letter {
		switch {
		case l.Method == "fill":
			return fill(h, l)
		case l.Method == "claim" && f.forgets:
			return forget(h, l)
		}
		return answer(h, l)
	}
}

// fill completes a record that was added in two steps.
func fill(h *handle, l letter) letter {
	if err := h.w.data.Delete(context.Background(), l.Record.ID, 0); err != nil {
		return letter{Err: text(err)}
	}
	return letter{Err: text(h.Add(context.Background(), l.Record))}
}

// forget puts claimed records off for a year, whatever hold was asked for.
func forget(h *handle, l letter) letter {
	l.Hold = noon.AddDate(1, 0, 0)
	return answer(h, l)
}
