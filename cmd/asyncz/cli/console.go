package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// newLogger returns the log of "start", in which the scheduler and the runs
// write too.
func newLogger(w io.Writer, format string, verbose bool) (*slog.Logger, error) {
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	switch format {
	case "text":
		return slog.New(newConsole(&lines{w: w}, level)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: plainSeconds})), nil
	}
	return nil, usagef("--log: %q is neither text nor json", format)
}

// plainSeconds writes durations as seconds.
func plainSeconds(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		return slog.Float64(a.Key, a.Value.Duration().Seconds())
	}
	return a
}

// lines keeps the lines of several goroutines apart.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// A console is a log for people: the time of day, the level, a sentence, and
// what belongs to it as name=value.
type console struct {
	w     io.Writer
	level slog.Level
	attrs []slog.Attr
	group string
}

var _ slog.Handler = console{}

func newConsole(w io.Writer, level slog.Level) console {
	to := w
	if l, ok := w.(*lines); ok {
		to = l.w
	}
	profile := colorprofile.Detect(to, os.Environ())
	return console{w: &colorprofile.Writer{Forward: w, Profile: profile}, level: level}
}

// Enabled implements slog.Handler.
func (c console) Enabled(_ context.Context, level slog.Level) bool { return level >= c.level }

// WithAttrs implements slog.Handler.
func (c console) WithAttrs(attrs []slog.Attr) slog.Handler {
	c.attrs = append(c.attrs[:len(c.attrs):len(c.attrs)], c.named(attrs)...)
	return c
}

// WithGroup implements slog.Handler.
func (c console) WithGroup(name string) slog.Handler {
	if name != "" {
		c.group += name + "."
	}
	return c
}

func (c console) named(attrs []slog.Attr) []slog.Attr {
	named := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		named[i] = slog.Attr{Key: c.group + a.Key, Value: a.Value}
	}
	return named
}

// Handle implements slog.Handler.
func (c console) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	style := map[slog.Level]lipgloss.Style{slog.LevelDebug: faint, slog.LevelInfo: good, slog.LevelWarn: doubt, slog.LevelError: bad}[r.Level]
	fmt.Fprintf(&b, "%s %s %s", faint.Render(r.Time.Format("15:04:05.000")), style.Render(fmt.Sprintf("%-5s", r.Level)), r.Message)
	attrs := c.attrs
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs[:len(attrs):len(attrs)], c.named([]slog.Attr{a})...)
		return true
	})
	for _, a := range attrs {
		fmt.Fprintf(&b, " %s%s", faint.Render(a.Key+"="), text(a.Value.Resolve(), r.Time))
	}
	b.WriteByte('\n')
	_, err := io.WriteString(c.w, b.String())
	return err
}

// text writes a value for people.
func text(v slog.Value, now time.Time) string {
	switch v.Kind() {
	case slog.KindDuration:
		return span(v.Duration())
	case slog.KindTime:
		at := v.Time().In(now.Location())
		if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
			return at.Format("15:04:05.000")
		}
		return at.Format("2006-01-02T15:04:05.000")
	case slog.KindBool:
		return map[bool]string{true: "yes", false: "no"}[v.Bool()]
	}
	s := v.String()
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '"' || r == '=' || !strconv.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
