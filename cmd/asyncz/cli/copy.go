package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
)

// A copying holds the flags of "store copy".
type copying struct {
	from, to                          string
	replace, force, fromPlain, dryRun bool
	out                               output
}

func (a *app) copyCommand() *cobra.Command {
	var f copying
	cmd := &cobra.Command{
		Use: "copy --from URL --to URL", Short: "Copy the tasks of one store to another", Args: none,
		Long: `Copy all tasks of one store to another: definitions, next run times, pause, runs that
were asked for or wait to be tried again, and how the last run ended. The source stays
as it is. Stores are named by URL, or by alias where --store, ` + envStore + ` or the file
of --config knows them.

It can be broken off and begun again: what is in the target and is the same is passed
over. A task of the target that differs is named and left as it is, unless --replace is
given. A task that can't be read is named and left out. The exit code is 1 when a task was
left out.

Stop the schedulers of the source first, and start those of the target afterwards: a task
would be fired by both. While nodes that are alive and not paused work on the source
(asyncz instances lists them), nothing is copied without --force.

A task with a run in flight is left out. With --force its run comes along with its lease:
when that is over, a scheduler of the target starts the run again, or gives it up where
the task says --on-lost skip, as it does with the runs of a process that has died. If the
source's process was alive, the run is so carried out twice. A run whose lease is over
already needs no --force.

With an encryption key set, records of the source are opened with the keys at hand and
sealed anew for the target.`,
		Example: `  asyncz store copy --from sqlite:///asyncz.db --to postgres://me@db.example.org/app --dry-run
  asyncz --config tasks.yaml store copy --from default --to jobs`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.copy(cmd, &f) }
	fs := cmd.Flags()
	fs.StringVar(&f.from, "from", "", "the source, as a `URL` or an alias")
	fs.StringVar(&f.to, "to", "", "the target, as a `URL` or an alias; made when it is not there yet")
	fs.BoolVar(&f.replace, "replace", false, "replace tasks of the target that differ")
	fs.BoolVar(&f.force, "force", false, "also copy tasks with a run in flight, replace such ones, and copy while nodes work on the source")
	fs.BoolVar(&f.fromPlain, "from-plain", false, "also take in records that are not sealed although a key is set: whoever can write to the source may have put them there")
	fs.BoolVar(&f.dryRun, "dry-run", false, "tell what would be done, and change nothing")
	outputFlags(cmd, &f.out)
	return cmd
}

func (a *app) copy(cmd *cobra.Command, f *copying) error {
	if err := a.needsStores("store copy"); err != nil {
		return err
	}
	s, err := a.bothEnds(*f)
	if err != nil {
		return err
	}
	if err := a.connectEnds(cmd, s, f.dryRun); err != nil {
		return err
	}
	defer s.close()
	if err := f.checkSource(cmd, s); err != nil {
		return err
	}
	progress, err := s.progressOver(cmd, "from", "copying")
	if err != nil {
		return err
	}
	reporter := copyReporter{progress: progress}
	done, err := s.here.Copy(cmd.Context(), "from", "to", asyncz.CopyOptions{
		Replace: f.replace, Force: f.force, Plain: f.fromPlain, DryRun: f.dryRun, Report: reporter.report,
	})
	progress.end()
	if err == nil || errors.Is(err, asyncz.ErrLeftOut) {
		if err := f.print(cmd, s, done); err != nil {
			return err
		}
	}
	if errors.Is(err, asyncz.ErrLeftOut) {
		return exit(ExitFailure) // each was named as it came
	}
	return err
}

// checkSource refuses a source on which nodes are alive that take work, or
// warns of them when they are not to matter.
func (f copying) checkSource(cmd *cobra.Command, s *session) error {
	nodes, err := s.Nodes(cmd.Context())
	if err != nil {
		return err
	}
	var live []string
	for _, n := range nodes {
		for _, on := range n.Stores {
			if on.Store == "from" && !on.Stale && n.State != asyncz.NodePaused {
				live = append(live, fmt.Sprintf("%s (seen %s)", oneLine(n.Name), relative(-on.Age)))
			}
		}
	}
	switch {
	case len(live) == 0:
		return nil
	case f.force || f.dryRun:
		warn(cmd, "these nodes work on the source: %s", list(live))
		return nil
	}
	return fmt.Errorf("these nodes work on the source: %s; stop them first, or give --force: see %s --help", list(live), cmd.CommandPath())
}

// connectEnds opens the two stores. A dry run makes no target that is not there.
func (a *app) connectEnds(cmd *cobra.Command, s *session, dryRun bool) error {
	opts := []asyncz.Option{asyncz.Unchecked(), withLogger(cmd.ErrOrStderr()), asyncz.MustExist("from")}
	if !dryRun {
		return a.connect(cmd.Context(), s, opts...)
	}
	err := a.connect(cmd.Context(), s, append(opts, asyncz.MustExist("to"))...)
	if errors.Is(err, store.ErrAbsent) {
		s.config.Stores["to"] = "memory:" // as empty as what would be made
		err = a.connect(cmd.Context(), s, opts...)
	}
	return err
}

// bothEnds is a session on the two stores, under the aliases from and to.
func (a *app) bothEnds(f copying) (*session, error) {
	s, err := a.newSession()
	if err != nil {
		return nil, err
	}
	s.config.Stores = map[string]any{}
	for _, end := range []struct{ alias, named string }{{"from", f.from}, {"to", f.to}} {
		config, err := a.storeNamed("--"+end.alias, end.named)
		if err != nil {
			return nil, err
		}
		p, err := placeOf(end.alias, config)
		switch {
		case err != nil:
			return nil, err
		case p.live:
			return nil, usagef("--%s: %s is in the memory of one process; it can't be copied by another", end.alias, p.text)
		case p.missing() && end.alias == "from":
			return nil, &missingStore{p}
		}
		s.places = append(s.places, p)
		s.config.Stores[end.alias] = config
	}
	if s.places[0].same(s.places[1]) {
		return nil, usagef("--from and --to are the same store, %s", s.places[0].text)
	}
	return s, nil
}

// storeNamed returns the configuration of a store that a flag names by URL or
// by alias.
func (a *app) storeNamed(flag, named string) (any, error) {
	if named == "" {
		return nil, usagef("%s is missing; write a URL, such as %s, or the alias of a store", flag, defaultStore)
	}
	if strings.Contains(named, ":") {
		return named, nil
	}
	s, err := a.settings()
	if err != nil {
		return nil, err
	}
	config, known := s.config.Stores[named]
	if !known {
		return nil, usagef("%s: %q is neither a URL nor the alias of a store; known ones are %s", flag, named, list(s.aliases()))
	}
	return config, nil
}

// print tells what was done.
func (f *copying) print(cmd *cobra.Command, s *session, done asyncz.CopyCounts) error {
	from, to := s.places[0].text, s.places[1].text
	if f.out.isData() {
		return f.out.print(cmd, map[string]any{
			"from": from, "to": to, "dry_run": f.dryRun, "seen": done.Seen, "copied": done.Copied,
			"replaced": done.Replaced, "same": done.Same, "left_out": done.LeftOut,
		})
	}
	head := "copied"
	if f.dryRun {
		head = "dry run: would have copied"
	}
	text := fmt.Sprintf("%s %s of %d from %s to %s", head, counted(done.Copied+done.Replaced, "task"), done.Seen, from, to)
	for _, more := range []struct {
		n    int
		what string
	}{{done.Replaced, "in place of others"}, {done.Same, "there already"}, {done.LeftOut, "left out"}} {
		if more.n > 0 {
			text += fmt.Sprintf(", %d %s", more.n, more.what)
		}
	}
	_, err := fmt.Fprintln(cmd.OutOrStdout(), text)
	return err
}

// mostNamed is how many tasks that are left out are named.
const mostNamed = 1000

// A copyReporter shows the progress of a copy and names what is left out.
type copyReporter struct {
	progress *progress
	inFlight bool
}

func (r *copyReporter) report(step asyncz.CopyStep) {
	if step.Outcome == asyncz.CopyLeftOut && step.Done.LeftOut <= mostNamed {
		r.progress.line("left out: task %s: %s", oneLine(step.Task), oneLine(step.Err.Error()))
	}
	if errors.Is(step.Err, asyncz.ErrInFlight) && !r.inFlight {
		r.inFlight = true
		r.progress.line("stop the schedulers of the source before you copy, or give --force: see asyncz store copy --help")
	}
	r.progress.step(step.Done.Seen)
}
