package cli

import (
	"context"
	"encoding/json"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api/client"
)

// eventKinds are the kinds that --kind knows.
var eventKinds = []string{
	asyncz.SchedulerStarted{}.Kind(), asyncz.SchedulerPaused{}.Kind(), asyncz.SchedulerResumed{}.Kind(), asyncz.SchedulerStopped{}.Kind(),
	asyncz.TaskAdded{}.Kind(), asyncz.TaskUpdated{}.Kind(), asyncz.TaskPaused{}.Kind(), asyncz.TaskResumed{}.Kind(), asyncz.TaskRemoved{}.Kind(),
	asyncz.TaskUnreadable{}.Kind(), asyncz.RunStarted{}.Kind(), asyncz.RunEnded{}.Kind(), asyncz.RunRetrying{}.Kind(), asyncz.RunLost{}.Kind(),
	asyncz.LeaseLost{}.Kind(), asyncz.StoreFailed{}.Kind(), asyncz.StoreRecovered{}.Kind(), asyncz.EventsLost{}.Kind(), asyncz.HistoryLost{}.Kind(),
}

// An eventFilter says which events are shown. Empty fields don't restrict.
type eventFilter struct {
	kinds       []string
	task, store string
}

func (f eventFilter) lets(e asyncz.Event) bool {
	h := headerOf(e)
	return (len(f.kinds) == 0 || slices.Contains(f.kinds, e.Kind())) && (f.task == "" || f.task == h.Task) && (f.store == "" || f.store == h.Store)
}

// headerOf returns the store and the task of an event.
func headerOf(e asyncz.Event) (h asyncz.Header) {
	if form, err := asyncz.MarshalEvent(e); err == nil {
		_ = json.Unmarshal(form, &h) // what has no header has none to show
	}
	return h
}

func (a *app) eventsCommand() *cobra.Command {
	var f eventFilter
	var follow bool
	var limit int
	var out output
	cmd := &cobra.Command{
		Use: "events", Short: "Show what happens", Args: none,
		Long: `Show what happens, a line each. Without --follow these are the last runs of the history, the
first to end first. With --follow it is what happens from now on, until Ctrl-C.

With --server they are the events of that scheduler, as they come. On a store they are told
from what it shows, a second or two later: runs that have ended, runs that are in flight for
a while, and tasks that were added, changed, paused, resumed or removed by anybody.`,
		Example: `  asyncz events --follow
  asyncz events --follow --kind run_ended --task backup --json`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		for _, kind := range f.kinds {
			if !slices.Contains(eventKinds, kind) {
				return usagef("--kind: unknown kind %q; known ones are %s", kind, list(eventKinds))
			}
		}
		if limit < 1 {
			return usagef("--limit: %d is not above zero", limit)
		}
		if follow && cmd.Flags().Changed("limit") {
			return usagef("--limit goes without --follow")
		}
		s, _, err := a.openFor(cmd, f.store, asyncz.Unchecked())
		if err != nil {
			return err
		}
		defer s.close()
		happened := s.happened(cmd.Context(), f, limit)
		if follow {
			happened = s.happens(cmd.Context(), f)
		}
		w := newEventWriter(cmd, &out, len(s.places) > 1)
		for e, err := range happened {
			if err == nil && f.lets(e) {
				err = w.write(e)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	fs := cmd.Flags()
	fs.BoolVar(&follow, "follow", false, "show what happens from now on")
	fs.StringSliceVar(&f.kinds, "kind", nil, "only events of these `kinds`, such as run_ended")
	fs.StringVar(&f.task, "task", "", "only events of the task with this `id`")
	fs.StringVar(&f.store, "in", "", "only events of the store with this `alias`")
	fs.IntVar(&limit, "limit", 50, "without --follow: show the last `n`")
	complete(cmd, "kind", eventKinds...)
	_ = cmd.RegisterFlagCompletionFunc("task", a.completeTasks(mostCompletions))
	a.completeStores(cmd, "in")
	outputFlags(cmd, &out)
	return cmd
}

// happened yields the last runs of the history as events, the first to end first.
func (s *session) happened(ctx context.Context, f eventFilter, limit int) iter.Seq2[asyncz.Event, error] {
	return func(yield func(asyncz.Event, error) bool) {
		runs, _, err := s.history(ctx, asyncz.RunFilter{Task: f.task, Store: f.store}, limit)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, r := range slices.Backward(runs) {
			if !yield(eventOf(r), nil) {
				return
			}
		}
	}
}

// happens yields what happens from now on.
func (s *session) happens(ctx context.Context, f eventFilter) iter.Seq2[asyncz.Event, error] {
	if s.there != nil {
		return s.there.Events(ctx, client.EventFilter{Kinds: f.kinds, Task: f.task})
	}
	return (&tail{s: s, f: f}).events(ctx)
}

// An eventWriter shows events.
type eventWriter struct {
	cmd    *cobra.Command
	out    *output
	report *reporter
	at     *retimed
}

func newEventWriter(cmd *cobra.Command, out *output, severalStores bool) *eventWriter {
	at := &retimed{Handler: newConsole(cmd.OutOrStdout(), slog.LevelInfo)}
	return &eventWriter{cmd: cmd, out: out, at: at, report: &reporter{logger: slog.New(at), several: severalStores}}
}

func (w *eventWriter) write(e asyncz.Event) error {
	if w.out.isData() {
		form, err := asyncz.MarshalEvent(e)
		if err != nil {
			return err
		}
		return w.out.printLine(w.cmd, json.RawMessage(form))
	}
	w.at.time = e.When()
	if !w.report.event(e) {
		w.report.log(slog.LevelInfo, strings.ReplaceAll(e.Kind(), "_", " "), headerOf(e), failure(asyncz.EventError(e))...)
	}
	return w.at.err
}

// A retimed handler gives records the time of an event, and those for the
// inquisitive the level of the others.
type retimed struct {
	slog.Handler
	time time.Time
	err  error
}

// Enabled implements slog.Handler.
func (h *retimed) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (h *retimed) Handle(ctx context.Context, r slog.Record) error {
	r.Time, r.Level = h.time.Local(), max(r.Level, slog.LevelInfo)
	h.err = h.Handler.Handle(ctx, r)
	return h.err
}
