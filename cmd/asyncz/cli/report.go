package cli

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/command"
	"github.com/go-asyncz/asyncz/httpcall"
)

// A reporter writes events to the log, one line each: those that the scheduler
// does not write there itself.
type reporter struct {
	logger  *slog.Logger
	several bool // there are several stores, so that it matters which
}

// event reports an event, and whether it is one of them.
func (r *reporter) event(e asyncz.Event) bool {
	switch e := e.(type) {
	case asyncz.RunEnded:
		r.ended(e)
	case asyncz.RunRetrying:
		attrs := append(r.run(e.Run), slog.Time("next_attempt", e.NotBefore))
		r.log(slog.LevelWarn, "run failed and is tried again", e.Header, append(attrs, failure(e.Err)...)...)
	case asyncz.RunStarted:
		r.log(slog.LevelDebug, "run started", e.Header, r.run(e.Run)...)
	case asyncz.TaskRemoved:
		r.log(slog.LevelDebug, "task removed", e.Header, slog.Bool("exhausted", e.Exhausted))
	case asyncz.TaskAdded:
		r.log(slog.LevelDebug, "task added", e.Header)
	case asyncz.TaskUpdated:
		r.log(slog.LevelDebug, "task updated", e.Header)
	case asyncz.EventsLost:
		r.log(slog.LevelWarn, "runs went by faster than they could be logged", e.Header, slog.Int("events", e.Count))
	default:
		return false
	}
	return true
}

func (r *reporter) log(level slog.Level, message string, h asyncz.Header, attrs ...slog.Attr) {
	var head []slog.Attr
	if h.Task != "" {
		head = append(head, slog.String("task", h.Task))
	}
	if r.several {
		head = append(head, slog.String("store", h.Store))
	}
	r.logger.LogAttrs(context.Background(), level, message, append(head, attrs...)...)
}

func (r *reporter) run(run asyncz.Run) []slog.Attr {
	attrs := []slog.Attr{slog.Time("scheduled", run.Scheduled)}
	if run.Attempt > 1 {
		attrs = append(attrs, slog.Int("attempt", run.Attempt))
	}
	if run.Source != asyncz.Scheduled {
		attrs = append(attrs, slog.String("source", string(run.Source)))
	}
	if run.Coalesced > 0 {
		attrs = append(attrs, slog.Int("coalesced", run.Coalesced))
	}
	return attrs
}

// ended reports the end of a run, or of fires without one.
func (r *reporter) ended(e asyncz.RunEnded) {
	level := slog.LevelWarn
	switch e.Outcome {
	case asyncz.Executed:
		level = slog.LevelInfo
	case asyncz.Coalesced:
		level = slog.LevelDebug // the run that stands for them says how many
	case asyncz.Failed:
		level = slog.LevelError
	}
	attrs := r.run(e.Run)
	if e.Count > 1 {
		attrs = append(attrs, slog.Int("fires", e.Count), slog.Time("first", e.First))
	}
	if !e.Run.Started.IsZero() {
		attrs = append(attrs, slog.Duration("took", e.Ended.Sub(e.Run.Started)))
	}
	attrs = append(attrs, result(e.Value)...)
	r.log(level, "run "+words(e.Outcome), e.Header, append(attrs, failure(e.Err)...)...)
}

// words says an outcome in a sentence that begins with "run".
func words(o asyncz.Outcome) string {
	switch o {
	case asyncz.MaxInstancesReached:
		return "skipped: too many runs of the task are in flight"
	case asyncz.Missed:
		return "missed: too late"
	case asyncz.Abandoned:
		return "abandoned: its process has died"
	}
	return string(o)
}

func failure(err error) []slog.Attr {
	if err == nil {
		return nil
	}
	return []slog.Attr{slog.String("error", oneLine(err.Error()))}
}

// result tells of what a run returned, also as the history or a server tells it.
func result(value any) []slog.Attr {
	if value == nil {
		return nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	var c command.Result
	if strictJSON(text, &c) == nil {
		attrs := []slog.Attr{slog.Int("exit_code", c.ExitCode)}
		if line := lastLine(c.Output); line != "" {
			attrs = append(attrs, slog.String("output", line))
		}
		return attrs
	}
	var h httpcall.Result
	if strictJSON(text, &h) == nil {
		return []slog.Attr{slog.Int("status", h.Status)}
	}
	return []slog.Attr{slog.String("result", shorten(oneLine(string(text)), 200))}
}
