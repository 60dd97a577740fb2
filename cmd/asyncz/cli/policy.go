package cli

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/go-asyncz/asyncz"
)

// A policy holds the flags that say how the fires of a task are handled.
type policy struct {
	name, executor, grace, timeout string
	noCoalesce                     bool
	catchUp, maxInstances, retries int
	backoff, delay, maxDelay       string
	onLost                         string
}

func (p *policy) flags(fs *pflag.FlagSet) {
	fs.StringVar(&p.name, "name", "", "a `title` for people")
	fs.StringVar(&p.executor, "executor", "", "the `alias` of the executor (default \"default\")")
	fs.StringVar(&p.grace, "grace", "", "miss a fire that is later than this `duration` (default: no limit)")
	fs.BoolVar(&p.noCoalesce, "no-coalesce", false, "run each of several fires that are due at once, not just the latest")
	fs.IntVar(&p.catchUp, "catch-up", 100, "with --no-coalesce: let the latest `n` of the fires that are due at once run")
	fs.IntVar(&p.maxInstances, "max-instances", 1, "let `n` runs be in flight at a time")
	fs.StringVar(&p.timeout, "timeout", "", "end an attempt that takes longer than this `duration` (default: no limit)")
	fs.IntVar(&p.retries, "retries", 0, "try a failed run again, up to `n` times")
	fs.StringVar(&p.delay, "retry-delay", "1s", "wait for this `duration` before the first retry")
	fs.StringVar(&p.backoff, "backoff", "exponential", "the `way` in which the delay goes on: constant or exponential")
	fs.StringVar(&p.maxDelay, "retry-max-delay", "1h", "the longest `duration` between attempts with an exponential backoff")
	fs.StringVar(&p.onLost, "on-lost", "rerun", "`what` becomes of a run whose process has died: rerun or skip")
}

// options returns the options for the flags that were given.
func (p *policy) options(fs *pflag.FlagSet) (opts []asyncz.TaskOption, err error) {
	set := func(flag string, o asyncz.TaskOption) {
		if fs.Changed(flag) {
			opts = append(opts, o)
		}
	}
	set("name", asyncz.Name(p.name))
	set("executor", asyncz.OnExecutor(p.executor))
	set("no-coalesce", asyncz.Coalesce(!p.noCoalesce))
	set("catch-up", asyncz.CatchUp(p.catchUp))
	set("max-instances", asyncz.MaxInstances(p.maxInstances))
	for _, d := range []struct {
		flag, text string
		option     func(time.Duration) asyncz.TaskOption
	}{{"grace", p.grace, asyncz.GraceTime}, {"timeout", p.timeout, asyncz.Timeout}} {
		if fs.Changed(d.flag) {
			duration, err := notNegative("--"+d.flag, d.text)
			if err != nil {
				return nil, err
			}
			opts = append(opts, d.option(duration))
		}
	}
	if fs.Changed("on-lost") {
		if p.onLost != string(asyncz.Rerun) && p.onLost != string(asyncz.Skip) {
			return nil, usagef("--on-lost: %q is neither rerun nor skip", p.onLost)
		}
		opts = append(opts, p.lost())
	}
	retry, err := p.retry(fs)
	return append(opts, retry...), err
}

func (p *policy) lost() asyncz.TaskOption {
	if p.onLost == string(asyncz.Skip) {
		return asyncz.OnLost(asyncz.Skip)
	}
	return asyncz.OnLost(asyncz.Rerun)
}

func (p *policy) retry(fs *pflag.FlagSet) ([]asyncz.TaskOption, error) {
	if !fs.Changed("retries") {
		for _, flag := range []string{"retry-delay", "backoff", "retry-max-delay"} {
			if fs.Changed(flag) {
				return nil, usagef("--%s goes with --retries", flag)
			}
		}
		return nil, nil
	}
	if p.retries < 0 {
		return nil, usagef("--retries: %d is negative", p.retries)
	}
	delay, err := notNegative("--retry-delay", p.delay)
	if err != nil {
		return nil, err
	}
	most, err := notNegative("--retry-max-delay", p.maxDelay)
	if err != nil {
		return nil, err
	}
	switch p.backoff {
	case "constant":
		return []asyncz.TaskOption{asyncz.Retry(p.retries+1, asyncz.Constant(delay))}, nil
	case "exponential":
		return []asyncz.TaskOption{asyncz.Retry(p.retries+1, asyncz.Exponential(delay, most))}, nil
	}
	return nil, usagef("--backoff: %q is neither constant nor exponential", p.backoff)
}

func notNegative(flag, text string) (time.Duration, error) {
	d, err := parseDuration(flag, text)
	if err == nil && d < 0 {
		err = usagef("%s: %s is negative", flag, text)
	}
	return d, err
}
