package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/report"
	"github.com/go-asyncz/asyncz/bench/scenario"
	"github.com/go-asyncz/asyncz/bench/system"
	"github.com/go-asyncz/asyncz/bench/target"
)

// compare measures what the flags ask for, and writes what it has found also when it
// is interrupted.
func compare(ctx context.Context, args []string, out, progress io.Writer) error {
	o, err := readFlags(args, progress)
	if err != nil {
		return err
	}
	if o.list {
		show(out)
		return nil
	}
	targets, err := target.All()
	if err != nil {
		return err
	}
	if len(o.join) > 0 {
		return join(o, targets, out)
	}
	where, cleanup, err := sites(ctx, o, progress)
	if cleanup != nil {
		defer cleanup()
	}
	if err != nil {
		return err
	}
	plan := planned(o, where)
	if len(plan) == 0 {
		return errors.New("no system takes part in what is asked for; -list tells what there is")
	}
	r := newResults(ctx, o, plan)
	for i, p := range plan {
		fmt.Fprintf(progress, "%d of %d: %v\n", i+1, len(plan), p.c)
		c := &report.Case{Case: p.c, Shows: p.shows, Load: measure.Load(ctx)}
		r.Cases = append(r.Cases, c)
		p.measure(ctx, o, c, progress)
		r.Judge(targets)
		// What is found is kept at once: a run takes long, and may be broken off.
		if err := write(r, o.out); err != nil {
			return err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(r.Text(out), ctx.Err())
}

// A planned case has at least one system.
type plannedCase struct {
	c       scenario.Case
	shows   string
	at      site
	systems []string
}

// planned is what is measured, in order.
func planned(o options, where []site) (plan []plannedCase) {
	for _, s := range scenario.All {
		if !wants(o.scenarios, s.Name) {
			continue
		}
		for _, at := range where {
			systems := slices.DeleteFunc(s.Systems(at.Kind), func(name string) bool { return !wants(o.systems, name) })
			if len(systems) == 0 {
				continue
			}
			for _, c := range s.Cases(at.Kind, o.size) {
				if wants(o.kinds, c.Kind) {
					plan = append(plan, plannedCase{c, s.Shows, at, systems})
				}
			}
		}
	}
	return plan
}

// newResults tells of the machine and of all that takes part.
func newResults(ctx context.Context, o options, plan []plannedCase) *report.Results {
	r := &report.Results{Began: time.Now(), Machine: measure.ThisMachine(ctx), Reps: o.reps, Places: map[string]place.Facts{}}
	for _, s := range system.All {
		if slices.ContainsFunc(plan, func(p plannedCase) bool { return slices.Contains(p.systems, s.Name) }) {
			r.Systems = append(r.Systems, report.System{Name: s.Name, About: s.About, Module: s.Module, Version: s.Version()})
		}
	}
	for _, p := range plan {
		if len(p.at.facts) > 0 {
			r.Places[p.at.Kind] = p.at.facts
		}
	}
	return r
}

// measure lets the systems take turns. One that fails does not take part any more.
func (p plannedCase) measure(ctx context.Context, o options, c *report.Case, progress io.Writer) {
	for _, name := range p.systems { // their order in the report, whoever begins
		c.Row(name)
	}
	for _, turn := range measure.Interleave(p.systems, o.reps) {
		row := c.Row(turn.System)
		if row.Failed != "" || ctx.Err() != nil {
			continue
		}
		setup := scenario.Setup{Case: p.c, System: turn.System, At: p.at.Place, For: o.seconds, Profile: o.profileOf(p.c, turn)}
		figures, err := inProcess(ctx, setup, o.timeout)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			row.Failed = err.Error()
			fmt.Fprintf(progress, "  %s: %v\n", turn.System, err)
		default:
			row.Add(figures)
			fmt.Fprintf(progress, "  %d %s: %s %.4g\n", turn.Rep+1, turn.System, p.shows, figures[p.shows])
		}
	}
}
