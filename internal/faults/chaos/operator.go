package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/internal/faults/evidence"
	"github.com/go-asyncz/asyncz/internal/faults/setup"
	"github.com/go-asyncz/asyncz/trigger"
)

// edited is how many tasks the operator changes again and again.
const edited = 3

// operate edits tasks, and adds some that fire once, until ctx ends. Whatever it
// does is written down with whether it was acknowledged.
func (r *run) operate(ctx context.Context) {
	dice := rand.New(rand.NewPCG(r.Seed, 1))
	every := time.NewTicker(time.Duration(r.Pace) * 150 * time.Millisecond)
	defer every.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if i%2 == 0 {
			r.addOnce(ctx, i/2, time.Duration(dice.IntN(800))*time.Millisecond)
			continue
		}
		r.edit(ctx, dice, fmt.Sprintf("edit-%d", dice.IntN(edited)))
	}
}

func (r *run) addOnce(ctx context.Context, i int, in time.Duration) {
	l := evidence.Line{Kind: evidence.Edit, How: "once", Task: fmt.Sprintf("once-%d", i), At: time.Now()}
	l.Fire = l.At.Add(in).Truncate(time.Microsecond).UTC()
	r.does(ctx, &l, func(ctx context.Context) error {
		_, err := r.operator.Add(ctx, asyncz.Named(setup.Common, setup.Work{}), trigger.At(l.Fire), asyncz.ID(l.Task))
		return err
	})
}

func (r *run) edit(ctx context.Context, dice *rand.Rand, id string) {
	l := evidence.Line{Kind: evidence.Edit, Task: id, At: time.Now()}
	var do func(ctx context.Context) error
	series := func() trigger.Trigger {
		l.Every = []time.Duration{250, 400, 700}[dice.IntN(3)] * time.Duration(r.Pace) * time.Millisecond
		l.First = l.At.Add(min(l.Every, time.Until(r.until)/2)).Truncate(time.Microsecond).UTC()
		return trigger.MustEvery(l.Every, trigger.StartAt(l.First), trigger.EndAt(r.until))
	}
	switch dice.IntN(6) {
	case 0:
		l.How = "reschedule"
		t := series()
		do = func(ctx context.Context) error { _, err := r.operator.Reschedule(ctx, id, t); return err }
	case 1:
		l.How = "pause"
		do = func(ctx context.Context) error { _, err := r.operator.PauseTask(ctx, id); return err }
	case 2, 3:
		l.How = "resume"
		do = func(ctx context.Context) error { _, err := r.operator.ResumeTask(ctx, id); return err }
	case 4:
		l.How = "run now"
		do = func(ctx context.Context) error {
			got, err := r.operator.RunTask(ctx, id)
			l.Fire = got.Scheduled
			return err
		}
	case 5:
		l.How = "add"
		if dice.IntN(3) == 0 {
			l.How = "remove"
			do = func(ctx context.Context) error { return r.operator.RemoveTask(ctx, id) }
			break
		}
		t := series()
		do = func(ctx context.Context) error {
			_, err := r.operator.Add(ctx, asyncz.Named(setup.Common, setup.Work{For: 20 * time.Millisecond}), t, asyncz.ID(id))
			return err
		}
	}
	r.does(ctx, &l, do)
}

// does an edit and writes it down, with when it began and ended.
func (r *run) does(ctx context.Context, l *evidence.Line, do func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := do(ctx); err != nil {
		l.Error = err.Error()
	}
	l.Until = time.Now()
	r.file.Put(*l)
}
