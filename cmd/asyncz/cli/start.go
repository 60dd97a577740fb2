package cli

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/telemetry/promtelemetry"
)

// A start holds the flags of the command of this name.
type start struct {
	log, stopTimeout, limit       string
	allowExec, untilIdle, verbose bool
	watch                         bool
	serve                         serve
}

func (a *app) startCommand() *cobra.Command {
	var f start
	cmd := &cobra.Command{
		Use: "start", Short: "Fire tasks until Ctrl-C", Args: cobra.ArbitraryArgs, // see serve.arguments
		ValidArgsFunction: cobra.NoFileCompletions,
		Long: `Fire the tasks of all stores until Ctrl-C or SIGTERM. Then no new runs begin, and those
in flight may end within --stop-timeout. A second Ctrl-C does not wait for them.

Commands of a store that others than this user can write to are run only when an
encryption key is set or --allow-exec is given: whoever can write there could
otherwise make this process run anything.`,
		Example: `  asyncz start
  asyncz start --config tasks.yaml --log json
  asyncz start --until-idle        # do what is to be done, and end`,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.serve.arguments(cmd, args); err != nil {
			return err
		}
		return a.start(cmd, &f)
	}
	fs := cmd.Flags()
	fs.BoolVar(&f.allowExec, "allow-exec", false, "run commands also from stores that others can write to")
	fs.StringVar(&f.log, "log", "text", "the `form` of the log: text or json")
	fs.BoolVar(&f.verbose, "verbose", false, "also log when runs begin and tasks change")
	fs.StringVar(&f.stopTimeout, "stop-timeout", "30s", "the `duration` that runs in flight have to end when the scheduler stops")
	fs.BoolVar(&f.watch, "watch", false, "let the tasks follow the file of --config when it changes")
	f.serve.flags(cmd)
	fs.StringVar(&f.limit, "for", "", "stop after this `duration`")
	fs.BoolVar(&f.untilIdle, "until-idle", false, "stop when no task is left that will fire")
	return cmd
}

func (a *app) start(cmd *cobra.Command, f *start) error {
	if err := a.needsStores("start"); err != nil {
		return err
	}
	patience, limit, err := f.durations()
	if err != nil {
		return err
	}
	if f.watch && a.configFile == "" {
		return usagef("--watch goes with --config: it is the file of that which is watched")
	}
	if err := f.serve.check(); err != nil {
		return err
	}
	logger, err := newLogger(cmd.ErrOrStderr(), f.log, f.verbose)
	if err != nil {
		return err
	}
	s, err := a.settings()
	if err != nil {
		return err
	}
	private := map[string]bool{} // stores whose commands are run; not changed any more when runs begin
	may := asyncz.AllowFunctions(func(store, function string) bool { return function != commandFunction || private[store] })
	opts := []asyncz.Option{asyncz.WithFunctions(functions()), may, asyncz.WithLogger(logger)}
	var measured *promtelemetry.Metrics
	if f.serve.metrics {
		measured = promtelemetry.New()
		opts = append(opts, measured.Options()...)
	}
	if err := a.connect(cmd.Context(), s, opts...); err != nil {
		return err
	}
	defer s.close() // for what fails before the scheduler is started
	if w := weakKey(); w != "" {
		logger.Warn(w)
	}
	for _, p := range s.places {
		private[p.alias] = f.allowExec || sealed() || p.private(logger)
	}
	// Signals are caught from here on, so that none ends the process between a
	// fire and the note of it.
	stop, release := signals()
	defer release()
	if measured != nil {
		defer measured.Attach(s.here)()
	}
	report := &reporter{logger: logger, several: len(s.places) > 1}
	s.here.Listen(func(e asyncz.Event) { report.event(e) })
	if _, err := s.here.AddConfigured(cmd.Context(), s.config); err != nil {
		return err
	}
	unwatch := func() {}
	if f.watch {
		if unwatch, err = a.watch(cmd.Context(), s, logger); err != nil {
			return err
		}
		defer unwatch()
	}
	idle := make(chan struct{})
	if f.untilIdle {
		s.whenIdle(cmd.Context(), idle)
	}
	announce, err := s.announcement(cmd.Context(), logger)
	if err != nil {
		return err
	}
	unlisten, err := f.serve.listen(cmd.Context(), s.here, logger, measured)
	if err != nil {
		return err
	}
	defer unlisten()
	if err := s.here.Start(cmd.Context()); err != nil {
		return err
	}
	announce()
	f.await(cmd.Context(), stop, idle, limit)
	unwatch()
	return s.stop(cmd.Context(), logger, patience, stop)
}

// await waits for a reason to stop.
func (f *start) await(ctx context.Context, stop <-chan os.Signal, idle <-chan struct{}, limit time.Duration) {
	var over <-chan time.Time // never comes without --for
	if f.limit != "" {
		over = time.After(limit)
	}
	select {
	case <-stop:
	case <-idle:
	case <-over:
	case <-ctx.Done():
	}
}

// durations reads the flags that are durations.
func (f *start) durations() (patience, limit time.Duration, err error) {
	if patience, err = notNegative("--stop-timeout", f.stopTimeout); err != nil || f.limit == "" {
		return patience, 0, err
	}
	limit, err = notNegative("--for", f.limit)
	return patience, limit, err
}

// private reports whether nobody else can write to the store, and says why not.
func (p place) private(logger *slog.Logger) bool {
	why := p.exposed()
	if why != "" {
		logger.Warn(fmt.Sprintf("commands of the store %s are not run, because others may be able to write to it: %s; "+
			"set an encryption key, make the store private, or give --allow-exec", p.alias, why), "store", p.alias)
	}
	return why == ""
}

// announcement returns what says what is being done. It counts the tasks before
// the first of them runs, and may be gone.
func (s *session) announcement(ctx context.Context, logger *slog.Logger) (announce func(), err error) {
	var counts []int
	for _, p := range s.places {
		n, err := s.here.CountTasks(ctx, p.alias)
		if err != nil {
			return nil, err
		}
		counts = append(counts, n)
	}
	return func() {
		for i, p := range s.places {
			logger.Info("started", "store", p.alias, "at", p.text, "tasks", counts[i], "encrypted", sealed() && p.kind != "memory", "node", s.here.Node())
		}
	}, nil
}
