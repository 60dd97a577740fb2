package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api/internal/wire"
)

const eventsTag = "events"

// writeTime is how long a message may take to get to somebody who is there.
const writeTime = 30 * time.Second

// eventOperations are those about events.
func (s *Server) eventOperations() {
	add(s, reading, huma.Operation{
		OperationID: "follow-events", Method: http.MethodGet, Path: "/api/v1/events", Tags: []string{eventsTag},
		Summary: "Follow what happens",
		Description: "Server-sent events: event is the kind, data is the event as JSON. The first, open, says nothing; the last, end, that the server stops. " +
			"They are those that the scheduler of this server sees. With Last-Event-ID those that came since are sent first; where some are gone, events_lost says so.",
		Responses: map[string]*huma.Response{"200": {
			Description: "OK", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	}, s.followEvents)
}

// An eventQuery says which events are wanted.
type eventQuery struct {
	Kinds []string `query:"kind,explode" doc:"Any of these, such as run_ended."`
	Task  string   `query:"task" doc:"The id of a task."`
	Store string   `query:"store" doc:"The alias of a store."`
	After string   `header:"Last-Event-ID" doc:"The id of the last event that was received."`
}

func (q *eventQuery) wants(k kept) bool {
	switch k.kind {
	case asyncz.EventsLost{}.Kind(), asyncz.SchedulerStopped{}.Kind(): // they concern everybody
		return len(q.Kinds) == 0 || k.kind == asyncz.EventsLost{}.Kind() || slices.Contains(q.Kinds, k.kind)
	}
	return (len(q.Kinds) == 0 || slices.Contains(q.Kinds, k.kind)) &&
		(q.Task == "" || q.Task == k.task) && (q.Store == "" || q.Store == k.store)
}

func (s *Server) followEvents(_ context.Context, in *eventQuery) (*huma.StreamResponse, error) {
	for i, k := range in.Kinds {
		if !slices.Contains(wire.Kinds, k) {
			return nil, at(fmt.Sprintf("query.kind[%d]", i), "there is no such event; known ones are "+strings.Join(wire.Kinds, ", "), k)
		}
	}
	if _, err := s.where(in.Store); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Accel-Buffering", "no") // nginx keeps answers back until they are long
		if r.Method == http.MethodHead {
			return
		}
		m := &messenger{w: w, flush: http.NewResponseController(w)}
		s.follow(r.Context(), in, m)
	}}, nil
}

// follow sends events until somebody has enough of them.
func (s *Server) follow(ctx context.Context, q *eventQuery, m *messenger) {
	reader := s.feed.open(q.After)
	defer reader.close()
	m.put(reader.here(), "open", []byte("{}"))
	if reader.gap {
		m.lost(reader.here(), 0)
	}
	heartbeat := time.NewTicker(s.settings.heartbeat)
	defer heartbeat.Stop()
	for m.send() {
		select {
		case <-ctx.Done():
			return
		case <-s.closing:
			m.put("", "end", []byte("{}"))
			m.send()
			return
		case <-heartbeat.C:
			m.text.WriteString(": still here\n\n")
			if s.over() { // it was never started, so that no event has told
				m.put("", "end", []byte("{}"))
				m.send()
				return
			}
		case <-reader.more:
			if m.events(q, reader) {
				m.put("", "end", []byte("{}"))
				m.send()
				return
			}
		}
	}
}

// A messenger writes messages to one connection.
type messenger struct {
	w     http.ResponseWriter
	flush *http.ResponseController
	text  bytes.Buffer
}

// events puts the events that wait, and reports whether the last of all is among them.
func (m *messenger) events(q *eventQuery, r *reader) (stopped bool) {
	before := r.here()
	events, lost := r.read()
	if lost > 0 {
		m.lost(before, lost)
	}
	for _, k := range events {
		if q.wants(k) {
			m.put(r.id(k), k.kind, k.data)
		}
		stopped = stopped || k.kind == asyncz.SchedulerStopped{}.Kind()
	}
	return stopped
}

// lost says that so many events are gone; 0: it is not known how many.
func (m *messenger) lost(id string, n int) {
	e := asyncz.EventsLost{Header: asyncz.Header{Time: time.Now()}, Count: n}
	if data, err := asyncz.MarshalEvent(e); err == nil {
		m.put(id, e.Kind(), data)
	}
}

// put adds a message. JSON has no line breaks in it, which would end the data.
func (m *messenger) put(id, kind string, data []byte) {
	if id != "" {
		fmt.Fprintf(&m.text, "id: %s\n", id)
	}
	fmt.Fprintf(&m.text, "event: %s\ndata: %s\n\n", kind, data)
}

// send sends what was put, and reports whether somebody is still there.
func (m *messenger) send() bool {
	_ = m.flush.SetWriteDeadline(time.Now().Add(writeTime)) // not every writer has one
	_, err := m.w.Write(m.text.Bytes())
	m.text.Reset()
	return err == nil && m.flush.Flush() == nil
}
