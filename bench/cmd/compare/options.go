package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/scenario"
	"github.com/go-asyncz/asyncz/bench/system"
)

// Options are what the flags say.
type options struct {
	list                       bool
	scenarios, systems, places []string // empty: all
	kinds                      []string
	join                       []string // folders
	reps, size                 int
	seconds                    time.Duration
	timeout                    time.Duration
	out, dir, profile          string
}

func readFlags(args []string, usage io.Writer) (o options, err error) {
	f := flag.NewFlagSet("compare", flag.ContinueOnError)
	f.SetOutput(usage)
	f.BoolVar(&o.list, "list", false, "tell which scenarios, systems and places there are, and end")
	names := map[string]*[]string{"scenario": &o.scenarios, "system": &o.systems, "place": &o.places, "kind": &o.kinds}
	for name, into := range names {
		f.Func(name, "only these, with commas between them (see -list)", listInto(into))
	}
	f.Func("join", "measure nothing, and make one of the results in these folders, with commas between them", listInto(&o.join))
	f.IntVar(&o.reps, "reps", 5, "how often each measurement is repeated")
	f.IntVar(&o.size, "size", 0, "size in place of those of the scenarios; targets for other sizes are not judged")
	f.DurationVar(&o.seconds, "seconds", 0, "how long tasks are let fire, in place of the time of the scenario, such as 10s")
	f.DurationVar(&o.timeout, "timeout", 5*time.Minute, "how long one measurement may take; a system that needs longer is not tried again in this case")
	f.StringVar(&o.out, "out", "", "folder for results.json, results.txt and charts; without it there is only the text")
	f.StringVar(&o.profile, "profile", "", "folder for a processor profile of each measurement, to be read with go tool pprof; it slows them down a little")
	f.StringVar(&o.dir, "dir", os.TempDir(), "folder for the files of SQLite, on the disk that is to be measured")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is not understood; say -help", f.Arg(0))
	}
	return o, o.check()
}

// listInto takes in what stands between commas.
func listInto(list *[]string) func(string) error {
	return func(text string) error {
		*list = append(*list, strings.Split(text, ",")...)
		return nil
	}
}

func (o options) check() error {
	var errs []error
	for _, name := range o.scenarios {
		if _, ok := scenario.Find(name); !ok {
			errs = append(errs, fmt.Errorf("there is no scenario %q; -list tells which there are", name))
		}
	}
	for _, name := range o.systems {
		if _, ok := system.Find(name); !ok {
			errs = append(errs, fmt.Errorf("there is no system %q; -list tells which there are", name))
		}
	}
	for _, name := range o.places {
		if name != place.Memory && !slices.Contains(place.Durable, name) {
			errs = append(errs, fmt.Errorf("there is no place %q; -list tells which there are", name))
		}
	}
	if o.reps < 1 {
		errs = append(errs, fmt.Errorf("-reps %d: at least 1", o.reps))
	}
	if o.size < 0 {
		errs = append(errs, fmt.Errorf("-size %d: at least 1", o.size))
	}
	if o.seconds != 0 && (o.seconds < time.Second || o.seconds%time.Second != 0) {
		errs = append(errs, fmt.Errorf("-seconds %v: whole seconds", o.seconds))
	}
	return errors.Join(errs...)
}

// wants tells whether a name is asked for.
func wants(asked []string, name string) bool { return len(asked) == 0 || slices.Contains(asked, name) }

// show tells what there is.
func show(out io.Writer) {
	fmt.Fprintln(out, "scenarios:")
	for _, s := range scenario.All {
		fmt.Fprintf(out, "  %-17s %s\n", s.Name, s.About)
		if len(s.Kinds) > 0 {
			fmt.Fprintf(out, "  %-17s kinds: %s\n", "", strings.Join(s.Kinds, "; "))
		}
	}
	fmt.Fprintln(out, "systems:")
	for _, s := range system.All {
		fmt.Fprintf(out, "  %-17s %s", s.Name, s.About)
		if s.Module != "" {
			fmt.Fprintf(out, " (%s %s)", s.Module, s.Version())
		}
		fmt.Fprintf(out, "; on %s\n", strings.Join(s.Places, ", "))
	}
	fmt.Fprintln(out, "places:")
	for _, name := range append([]string{place.Memory}, place.Durable...) {
		fmt.Fprintf(out, "  %-17s %s\n", name, whence[name])
	}
}
