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

// fields writes what the given flags say into the description of a task.
func (p *policy) fields(fs *pflag.FlagSet, into map[string]any) error {
	for flag, f := range map[string]struct {
		key   string
		value any
	}{
		"name": {"name", p.name}, "executor": {"executor", p.executor}, "no-coalesce": {"coalesce", !p.noCoalesce},
		"catch-up": {"catch_up", p.catchUp}, "max-instances": {"max_instances", p.maxInstances}, "on-lost": {"on_lost", p.onLost},
	} {
		if fs.Changed(flag) {
			into[f.key] = f.value
		}
	}
	if fs.Changed("executor") && p.executor == "" {
		return usagef("--executor: it is empty; write the alias of an executor, such as %s", asyncz.DefaultAlias)
	}
	if fs.Changed("on-lost") && p.onLost != string(asyncz.Rerun) && p.onLost != string(asyncz.Skip) {
		return usagef("--on-lost: %q is neither rerun nor skip", p.onLost)
	}
	for _, d := range []struct{ flag, text, key string }{{"grace", p.grace, "mistrigger_grace_time"}, {"timeout", p.timeout, "timeout"}} {
		if fs.Changed(d.flag) {
			duration, err := notNegative("--"+d.flag, d.text)
			if err != nil {
				return err
			}
			into[d.key] = duration.Seconds()
		}
	}
	return p.retry(fs, into)
}

func (p *policy) retry(fs *pflag.FlagSet, into map[string]any) error {
	if !fs.Changed("retries") {
		for _, flag := range []string{"retry-delay", "backoff", "retry-max-delay"} {
			if fs.Changed(flag) {
				return usagef("--%s goes with --retries", flag)
			}
		}
		return nil
	}
	if p.retries < 0 {
		return usagef("--retries: %d is negative", p.retries)
	}
	delay, err := notNegative("--retry-delay", p.delay)
	if err != nil {
		return err
	}
	most, err := notNegative("--retry-max-delay", p.maxDelay)
	if err != nil {
		return err
	}
	retry := map[string]any{"attempts": p.retries + 1, "delay": delay.Seconds(), "backoff": p.backoff}
	switch p.backoff {
	case "exponential":
		retry["max_delay"] = most.Seconds()
	case "constant":
	default:
		return usagef("--backoff: %q is neither constant nor exponential", p.backoff)
	}
	into["retry"] = retry
	return nil
}

func notNegative(flag, text string) (time.Duration, error) {
	d, err := parseDuration(flag, text)
	if err == nil && d < 0 {
		err = usagef("%s: %s is negative", flag, text)
	}
	return d, err
}
