package journal

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
)

// NewHandler returns a handler that gives each record to next, if that wants it,
// and keeps those from the level Info on in a journal. Attributes that next has
// already are not repeated there.
func NewHandler(next slog.Handler, j *Journal) slog.Handler {
	f := &formatter{}
	plain := func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
			return slog.Attr{}
		}
		return a
	}
	attrs := slog.NewTextHandler(&f.text, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: plain})
	return handler{next: next, journal: j, form: f, attrs: attrs}
}

// A formatter makes text of attributes, for one record at a time.
type formatter struct {
	mu   sync.Mutex
	text bytes.Buffer
}

type handler struct {
	next    slog.Handler
	journal *Journal
	form    *formatter
	attrs   slog.Handler // writes attributes into form
}

func (h handler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || h.next.Enabled(ctx, level)
}

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelInfo {
		h.journal.Log(Line{Time: r.Time, Level: r.Level, Message: r.Message, Attrs: h.attributes(ctx, r)})
	}
	if !h.next.Enabled(ctx, r.Level) {
		return nil
	}
	return h.next.Handle(ctx, r)
}

func (h handler) attributes(ctx context.Context, r slog.Record) string {
	h.form.mu.Lock()
	defer h.form.mu.Unlock()
	h.form.text.Reset()
	if err := h.attrs.Handle(ctx, r); err != nil {
		return ""
	}
	return strings.TrimSpace(h.form.text.String())
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.next, h.attrs = h.next.WithAttrs(attrs), h.attrs.WithAttrs(attrs)
	return h
}

func (h handler) WithGroup(name string) slog.Handler {
	h.next, h.attrs = h.next.WithGroup(name), h.attrs.WithGroup(name)
	return h
}
