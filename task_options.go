package asyncz

import (
	"maps"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/trigger"
)

// A TaskOption is a setting of a task, for [Scheduler.Add], [Scheduler.UpdateTask]
// and [WithTaskDefaults].
type TaskOption func(*draft)

// A draft is a task that is being made.
type draft struct {
	def     lifecycle.Definition
	policy  lifecycle.Policy // of def
	store   string
	paused  bool
	replace bool
	version string // that the task must have
}

// of makes d a draft of a task with this definition.
func (d *draft) of(def *lifecycle.Definition) *draft {
	*d = draft{def: *def}
	d.def.Thaw(&d.policy)
	return d
}

// blank returns a draft for options that are asked what they say beside a definition.
func blank() *draft {
	return new(draft).of(&lifecycle.Definition{Policy: lifecycle.DefaultPolicy()})
}

// settled returns the definition, which outlives the rest of the draft.
func (d *draft) settled() *lifecycle.Definition {
	def := d.def
	def.Settle()
	return &def
}

func (d *draft) apply(opts []TaskOption) {
	for _, o := range opts {
		o(d)
	}
}

// ID names the task, uniquely in its store: 1 to 255 bytes of UTF-8 without NUL.
// Without it the task gets a random id.
func ID(id string) TaskOption { return func(d *draft) { d.def.ID = id } }

// Name is a title for people. It need not be unique.
func Name(name string) TaskOption { return func(d *draft) { d.def.Name = name } }

// InStore says in which store the task is kept, or in which it is looked for.
func InStore(alias string) TaskOption { return func(d *draft) { d.store = alias } }

// OnExecutor says which executor carries the runs out.
func OnExecutor(alias string) TaskOption { return func(d *draft) { d.def.Executor = alias } }

// Calls gives the task another function and other arguments.
func Calls(c Call) TaskOption {
	return func(d *draft) { d.calls(c) }
}

func (d *draft) calls(c Call) { d.def.Func, d.def.Args, d.def.Local = c.function, c.args, c.local }

// When gives the task another trigger.
func When(t trigger.Trigger) TaskOption { return func(d *draft) { d.def.Trigger = t } }

// GraceTime says how late a fire may still run; a later one is [Missed]. 0, the
// default, means that there is no limit.
func GraceTime(d time.Duration) TaskOption { return func(t *draft) { t.def.Grace = d } }

// Coalesce says whether several fires that are due at once become one run, of
// the latest, which is the default; or one run each, one after the other.
func Coalesce(on bool) TaskOption { return func(d *draft) { d.def.Coalesce = on } }

// CatchUp says, for a task that doesn't coalesce, how many fires that are due at
// once may run, the latest ones; those before are [Missed]. The default is 100.
func CatchUp(n int) TaskOption { return func(d *draft) { d.def.CatchUp = n } }

// MaxInstances says how many runs of the task may be in flight at a time, those
// that wait for another attempt included; a fire that finds so many is
// [MaxInstancesReached]. The default is 1.
func MaxInstances(n int) TaskOption { return func(d *draft) { d.def.MaxInstances = n } }

// Timeout ends the context of an attempt that takes longer, with [ErrTimeout] as
// its cause. 0, the default, means that there is no limit.
func Timeout(d time.Duration) TaskOption { return func(t *draft) { t.def.Timeout = d } }

// Retry lets a failed run be tried again, up to so many attempts in all, as the
// backoff says.
func Retry(attempts int, b Backoff) TaskOption {
	return func(d *draft) { b.r.Attempts = attempts; d.def.Retry = b.r }
}

// A Backoff says how long to wait before another attempt.
type Backoff struct{ r lifecycle.Retry }

// Constant waits the same time before each attempt.
func Constant(delay time.Duration) Backoff { return Backoff{lifecycle.Retry{Delay: delay}} }

// Exponential waits this time before the second attempt and twice as long before
// each further one, up to most (0: no bound). Up to half of each delay is taken
// off at random.
func Exponential(delay, most time.Duration) Backoff {
	return Backoff{lifecycle.Retry{Delay: delay, Exponential: true, MaxDelay: most}}
}

// What becomes of a run whose node has died.
const (
	Rerun = lifecycle.Rerun // run it again: at least once
	Skip  = lifecycle.Skip  // give it up: at most once
)

// OnLost says what becomes of a run whose node has died: [Rerun], the default,
// or [Skip].
func OnLost(what lifecycle.OnLost) TaskOption { return func(d *draft) { d.def.OnLost = what } }

// Metadata gives the task words of one's own, such as its tenant or the trace that
// added it, for middleware and listeners: up to 8 KiB in all. Those of the same
// names are replaced; others stay.
func Metadata(words map[string]string) TaskOption {
	return func(d *draft) {
		all := maps.Clone(d.def.Metadata)
		if all == nil {
			all = map[string]string{}
		}
		maps.Copy(all, words)
		d.def.Metadata = all
	}
}

// IfVersion lets a change, a pause, a resume or a removal happen only while the
// task has this [Task.Version]; else it is [ErrConflict], and nothing changes. Two
// people who edit one task don't overwrite each other by it.
func IfVersion(version string) TaskOption { return func(d *draft) { d.version = version } }

// Paused adds the task paused.
func Paused() TaskOption { return func(d *draft) { d.paused = true } }

// Replace lets Add change the definition of a task that is there already. Its
// runs in flight, its pause and, if the trigger is the same, its next run time
// stay; so a program may add its tasks at each start.
func Replace() TaskOption { return func(d *draft) { d.replace = true } }
