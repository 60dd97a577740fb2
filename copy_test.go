package asyncz_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/seal"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/trigger"
)

// shape is all that can be seen of the tasks of a store, by id.
func shape(t *testing.T, s *asyncz.Scheduler, alias string) map[string]string {
	t.Helper()
	tasks, err := s.Tasks(t.Context(), asyncz.Filter{Store: alias})
	must(t, err)
	all := map[string]string{}
	for _, task := range tasks {
		form, err := json.Marshal(task)
		must(t, err)
		var fields any // whose order a codec may change
		must(t, json.Unmarshal([]byte(strings.ReplaceAll(string(form), `"store":"`+alias+`"`, `"store":""`)), &fields))
		form, err = json.Marshal(fields)
		must(t, err)
		all[task.ID] = string(form)
	}
	return all
}

func compare(t *testing.T, got, want map[string]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d tasks, want %d", len(got), len(want))
	}
	for id, w := range want {
		if got[id] != w {
			t.Errorf("task %q is\n%s\nwant\n%s", id, got[id], w)
		}
	}
}

// lived fills a store with tasks of all kinds that have lived for a while: some
// have run, failed, wait for another attempt, are paused, or were asked for.
func lived(t *testing.T, st store.Store, opts ...asyncz.Option) {
	t.Helper()
	fs := &asyncz.Functions{}
	asyncz.RegisterIn(fs, "ok", func(_ context.Context, a args) (args, error) { return a, nil })
	asyncz.RegisterIn(fs, "bad", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, errors.New("no") })
	s, err := asyncz.New(t.Context(), append([]asyncz.Option{asyncz.WithEncryptionKey(""), onBytes(st), asyncz.WithFunctions(fs)}, opts...)...)
	must(t, err)
	must(t, s.Start(t.Context()))
	r := rand.New(rand.NewPCG(1, 2))
	kinds := []trigger.Trigger{
		trigger.MustEvery(7 * time.Second), trigger.MustEvery(time.Hour), trigger.MustCron("*/5 9-17 * * mon-fri"), trigger.Shutdown(),
		trigger.At(time.Now().Add(1000 * time.Hour)), trigger.MustEvery(time.Minute, trigger.Jitter(5*time.Second)),
	}
	for i := range 60 {
		id := fmt.Sprintf("t%02d/ä %d", i, r.Uint32())
		what := asyncz.Named("ok", args{fmt.Sprint("näme ", i), i})
		if i%3 == 0 {
			what = call("bad")
		}
		_, err := s.Add(t.Context(), what, kinds[i%len(kinds)], asyncz.ID(id), asyncz.Name(fmt.Sprint(i)), asyncz.Timeout(time.Duration(i)*time.Second),
			asyncz.Retry(1+i%4, asyncz.Exponential(40*time.Second, time.Hour)), asyncz.MaxInstances(1+i%5))
		must(t, err)
		if i%4 == 1 {
			_, err = s.PauseTask(t.Context(), id)
			must(t, err)
		}
		if i%5 == 2 {
			_, err = s.RunTask(t.Context(), id)
			must(t, err)
		}
	}
	time.Sleep(100 * time.Second)
	synctest.Wait()
	must(t, s.Shutdown(t.Context()))
}

// keepers are ways to keep tasks, between which they are copied.
func keepers(t *testing.T) map[string]asyncz.Option {
	files, err := filestore.New(t.TempDir())
	must(t, err)
	t.Cleanup(func() { _ = files.Close() })
	return map[string]asyncz.Option{
		"memory": asyncz.WithStore("memory", memstore.New()),
		"bytes":  asyncz.WithStore("bytes", newBytes()),
		"cbor":   asyncz.WithStore("cbor", newClaiming(), asyncz.Codec("cbor")),
		"pickle": asyncz.WithStore("pickle", newBytes(), asyncz.PickleProtocol(2)),
		"file":   asyncz.WithStore("file", files, asyncz.KeepOpen()),
	}
}

func TestACopyThereAndBackIsTheSame(t *testing.T) {
	t.Parallel()
	first := newBytes()
	synctest.Test(t, func(t *testing.T) { lived(t, first) })
	for _, key := range []string{"", secret} {
		for name, between := range keepers(t) {
			opts := []asyncz.Option{onBytes(first), between, asyncz.WithStore("back", newBytes()), asyncz.WithEncryptionKey(key)}
			if key != "" {
				opts = append(opts, asyncz.Unchecked())
			}
			s := open(t, opts...)
			want, err := s.Copy(t.Context(), "default", name, asyncz.CopyOptions{Plain: true})
			if err != nil || want.Copied != 60 || want.Seen != 60 {
				t.Fatalf("%s: there: %+v, %v", name, want, err)
			}
			if back, err := s.Copy(t.Context(), name, "back", asyncz.CopyOptions{}); err != nil || back != want {
				t.Fatalf("%s: back: %+v, %v", name, back, err)
			}
			plain := open(t, onBytes(first))
			compare(t, shape(t, s, name), shape(t, plain, "default"))
			compare(t, shape(t, s, "back"), shape(t, plain, "default"))
			same, err := s.Copy(t.Context(), "default", "back", asyncz.CopyOptions{Plain: true})
			if err != nil || same.Same != 60 {
				t.Errorf("%s: once more: %+v, %v", name, same, err)
			}
		}
	}
}

// breaking is a store that fails at one of its writes, before or after doing it.
type breaking struct {
	bytesStore
	at    atomic.Int64 // counts down
	after bool
}

func (b *breaking) Add(ctx context.Context, r store.Record) error {
	last := b.at.Add(-1) == 0
	if last && !b.after {
		return errDown
	}
	err := b.bytesStore.Add(ctx, r)
	if last {
		return errDown
	}
	return err
}

func TestACopyGoesOnAfterAnInterruptionAtAnyWrite(t *testing.T) {
	t.Parallel()
	const n = 25
	from := newBytes()
	s := open(t, onBytes(from))
	for i := range n {
		_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID(fmt.Sprint(i)))
		must(t, err)
	}
	want := shape(t, s, "default")
	for at := 1; at <= n; at++ {
		for _, after := range []bool{false, true} {
			target := &breaking{bytesStore: newBytes(), after: after}
			target.at.Store(int64(at))
			s := open(t, onBytes(from), asyncz.WithStore("to", target))
			if _, err := s.Copy(t.Context(), "default", "to", asyncz.CopyOptions{}); !errors.Is(err, errDown) {
				t.Fatalf("write %d: got %v", at, err)
			}
			there := at - 1
			if after {
				there = at
			}
			done, err := s.Copy(t.Context(), "default", "to", asyncz.CopyOptions{})
			if err != nil || done.Same != there || done.Copied != n-there {
				t.Errorf("broken off at write %d, after it %v: then %+v, %v", at, after, done, err)
			}
			compare(t, shape(t, s, "to"), want)
		}
	}
}

func TestACopyThatIsCancelledGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	const n = 1700 // more than three batches
	s := open(t, onBytes(newClaiming()), asyncz.WithStore("to", newClaiming()))
	var drafts []asyncz.NewTask
	for i := range n {
		drafts = append(drafts, asyncz.NewTask{Call: call("f"), Trigger: trigger.MustEvery(time.Hour), Options: []asyncz.TaskOption{asyncz.ID(fmt.Sprint(i))}})
	}
	_, err := s.AddMany(t.Context(), drafts)
	must(t, err)
	for at := range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		done, err := s.Copy(ctx, "default", "to", asyncz.CopyOptions{Report: func(step asyncz.CopyStep) {
			if step.Done.Copied > 0 {
				cancel() // in the first batch that has something to do
			}
		}})
		cancel()
		if last := at > 3; last && (err != nil || done.Same != n) || !last && (!errors.Is(err, context.Canceled) || done.Copied > 500) {
			t.Errorf("turn %d: %+v, %v", at, done, err)
		}
	}
	compare(t, shape(t, s, "to"), shape(t, s, "default"))
}

func TestATaskOfTheTargetThatDiffersIsNamedAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	from, to := newBytes(), newBytes()
	s := open(t, onBytes(from), asyncz.WithStore("to", to))
	for _, id := range []string{"same", "other", "mine"} {
		_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID(id))
		must(t, err)
	}
	_, err := s.Add(t.Context(), call("g"), trigger.MustEvery(time.Minute), asyncz.ID("other"), asyncz.InStore("to"))
	must(t, err)
	before := records(t, to)["other"]

	var left []string
	report := func(step asyncz.CopyStep) {
		if step.Outcome == asyncz.CopyLeftOut {
			left = append(left, step.Task)
		}
	}
	done, err := s.Copy(t.Context(), "default", "to", asyncz.CopyOptions{Report: report})
	if !errors.Is(err, asyncz.ErrDiffers) || !strings.Contains(err.Error(), `task "other"`) || fmt.Sprint(left) != "[other]" {
		t.Errorf("got %v, told of %v", err, left)
	}
	if done != (asyncz.CopyCounts{Seen: 3, Copied: 2, LeftOut: 1}) {
		t.Errorf("got %+v", done)
	}
	if after := records(t, to)["other"]; string(after.Data) != string(before.Data) || after.Rev != before.Rev {
		t.Error("it was changed")
	}
	if done, err := s.Copy(t.Context(), "default", "to", asyncz.CopyOptions{Replace: true}); err != nil || done != (asyncz.CopyCounts{Seen: 3, Same: 2, Replaced: 1}) {
		t.Errorf("with Replace: %+v, %v", done, err)
	}
	compare(t, shape(t, s, "to"), shape(t, s, "default"))
}

func TestADryRunTellsWhatACopyWouldDoAndChangesNothing(t *testing.T) {
	t.Parallel()
	from, to := newBytes(), newBytes()
	s := open(t, onBytes(from), asyncz.WithStore("to", to))
	for _, id := range []string{"a", "b", "c"} {
		_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID(id))
		must(t, err)
	}
	_, err := s.Add(t.Context(), call("g"), trigger.MustEvery(time.Minute), asyncz.ID("b"), asyncz.InStore("to"))
	must(t, err)
	for _, replace := range []bool{false, true} {
		before := fmt.Sprint(records(t, to))
		would, errWould := s.Copy(t.Context(), "default", "to", asyncz.CopyOptions{DryRun: true, Replace: replace})
		if after := fmt.Sprint(records(t, to)); after != before {
			t.Error("the target was changed")
		}
		var counts asyncz.CopyCounts
		if replace {
			counts = asyncz.CopyCounts{Seen: 3, Same: 2, Replaced: 1}
		} else {
			counts = asyncz.CopyCounts{Seen: 3, Copied: 2, LeftOut: 1}
		}
		done, err := s.Copy(t.Context(), "default", "to", asyncz.CopyOptions{Replace: replace})
		if would != counts || done != counts || fmt.Sprint(errWould) != fmt.Sprint(err) {
			t.Errorf("would: %+v, %v; did: %+v, %v", would, errWould, done, err)
		}
	}
}

// What becomes of a run in flight, when the copy is forced: the target's
// scheduler starts it again, or gives it up, when its lease is over.
func TestARunInFlightIsNotCopiedUnlessForced(t *testing.T) {
	for name, from := range map[string]func() store.Store{
		"memory": func() store.Store { return memstore.New() }, "bytes": func() store.Store { return newBytes() },
	} {
		for _, skip := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s skip=%v", name, skip), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					onLost := asyncz.OnLost(asyncz.Rerun)
					if skip {
						onLost = asyncz.OnLost(asyncz.Skip)
					}
					d := newDiary()
					fs := &asyncz.Functions{}
					asyncz.RegisterIn(fs, "work", func(ctx context.Context, _ struct{}) (struct{}, error) {
						r, _ := asyncz.RunFrom(ctx)
						d.note(fmt.Sprintf("begin %d %s %s", r.Attempt, r.Source, r.ID()))
						if r.Attempt == 1 {
							<-ctx.Done()
						}
						return struct{}{}, nil
					})
					from, to := from(), newBytes()
					first := running(t, onBytes(from), asyncz.WithFunctions(fs))
					_, err := first.Add(t.Context(), call("work"), trigger.At(time.Now()), asyncz.ID("a"), onLost)
					must(t, err)
					time.Sleep(time.Second)
					second := open(t, onBytes(to), asyncz.WithFunctions(fs))
					ended := outcomes(second)
					tool := open(t, asyncz.WithStore("from", from, asyncz.KeepOpen()), onBytes(to))
					done, err := tool.Copy(t.Context(), "from", "default", asyncz.CopyOptions{})
					if !errors.Is(err, asyncz.ErrInFlight) || done.LeftOut != 1 || len(records(t, to)) != 0 {
						t.Fatalf("got %+v, %v, and the target has %v", done, err, records(t, to))
					}
					if done, err := tool.Copy(t.Context(), "from", "default", asyncz.CopyOptions{Force: true}); err != nil || done.Copied != 1 {
						t.Fatalf("forced: %+v, %v", done, err)
					}
					_ = first.Shutdown(expired()) // it says that runs were broken off
					must(t, second.Start(t.Context()))
					time.Sleep(15 * time.Second)
					want := []string{"begin 1 scheduled a@2000-01-01T00:00:00Z", "begin 2 recovered a@2000-01-01T00:00:00Z"}
					if skip {
						want = want[:1]
						if got := ended(); len(got) != 1 || got[0].Outcome != asyncz.Abandoned {
							t.Errorf("ended: %+v", got)
						}
					}
					var got []string
					for _, e := range d.all() {
						got = append(got, e.what)
					}
					if !slices.Equal(got, want) {
						t.Errorf("got %q, want %q", got, want)
					}
				})
			})
		}
	}
}

// expired is a context whose end has come.
func expired() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestRecordsAreSealedAnewForTheirNewPlace(t *testing.T) {
	t.Parallel()
	from, to := newBytes(), newBytes()
	before := open(t, asyncz.WithStore("from", from, asyncz.Namespace("old"), asyncz.KeepOpen()), asyncz.WithEncryptionKey(secret))
	_, err := before.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("a"), asyncz.InStore("from"))
	must(t, err)
	s := open(t, asyncz.WithStore("from", from, asyncz.Namespace("old"), asyncz.KeepOpen()),
		asyncz.WithStore("to", to, asyncz.Namespace("new"), asyncz.KeepOpen()), asyncz.WithEncryptionKey(other, secret))
	done, err := s.Copy(t.Context(), "from", "to", asyncz.CopyOptions{})
	if err != nil || done.Copied != 1 {
		t.Fatalf("got %+v, %v", done, err)
	}
	for namespace, want := range map[string]asyncz.ScheduleState{"new": asyncz.StateScheduled, "old": asyncz.StateUnreadable} {
		s := open(t, asyncz.WithStore("default", to, asyncz.Namespace(namespace), asyncz.KeepOpen()), asyncz.WithEncryptionKey(other), asyncz.Unchecked())
		if tasks, err := s.Tasks(t.Context(), asyncz.Filter{}); err != nil || len(tasks) != 1 || tasks[0].State != want {
			t.Errorf("as %q: %+v, %v", namespace, tasks, err)
		}
	}
}

func TestACopyTakesPlainRecordsInOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	from, to := newBytes(), newBytes()
	_, err := open(t, onBytes(from)).Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("a"))
	must(t, err)
	s := open(t, onBytes(from), asyncz.WithStore("to", to), asyncz.WithEncryptionKey(secret), asyncz.Unchecked())
	if done, err := s.Copy(t.Context(), "default", "to", asyncz.CopyOptions{}); !errors.Is(err, seal.ErrNotSealed) || done.LeftOut != 1 {
		t.Errorf("got %+v, %v", done, err)
	}
	if done, err := s.Copy(t.Context(), "default", "to", asyncz.CopyOptions{Plain: true}); err != nil || done.Copied != 1 || !seal.IsSealed(records(t, to)["a"].Data) {
		t.Errorf("got %+v, %v", done, err)
	}
}

func TestWhatCanNotBeReadOrKeptIsNamedAndTheOthersAreCopied(t *testing.T) {
	t.Parallel()
	from, to := newBytes(), newBytes()
	s := open(t, onBytes(from), asyncz.WithStore("live", memstore.New()), asyncz.WithStore("to", to))
	_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("good"))
	must(t, err)
	must(t, from.Add(t.Context(), store.Record{ID: "rubbish", Data: []byte{0, 1, 2}}))
	if done, err := s.Copy(t.Context(), "default", "to", asyncz.CopyOptions{}); err == nil || !strings.Contains(err.Error(), `task "rubbish"`) || done.LeftOut != 1 || done.Copied != 1 {
		t.Errorf("got %+v, %v", done, err)
	}
	if _, there := records(t, from)["rubbish"]; !there {
		t.Error("it is gone from the source")
	}
	_, err = s.Add(t.Context(), asyncz.Do(func(context.Context) error { return nil }), trigger.MustEvery(time.Hour), asyncz.ID("local"), asyncz.InStore("live"))
	must(t, err)
	if _, err := s.Copy(t.Context(), "live", "to", asyncz.CopyOptions{}); err == nil || !strings.Contains(err.Error(), "a function without a name can't be kept in this store") {
		t.Errorf("got %v", err)
	}
	// What can't be read in the target stays too, also with Replace.
	must(t, to.Update(t.Context(), store.Record{ID: "good", Rev: 1, Data: []byte("junk")}))
	if _, err := s.Copy(t.Context(), "default", "to", asyncz.CopyOptions{Replace: true}); !errors.Is(err, asyncz.ErrDiffers) || string(records(t, to)["good"].Data) != "junk" {
		t.Errorf("got %v, and the target has %q", err, records(t, to)["good"].Data)
	}
}

func TestAStoreIsNotCopiedToItself(t *testing.T) {
	t.Parallel()
	st := newBytes()
	s := open(t, onBytes(st), asyncz.WithStore("again", st, asyncz.KeepOpen()))
	for _, to := range []string{"default", "again"} {
		if _, err := s.Copy(t.Context(), "default", to, asyncz.CopyOptions{Force: true, Replace: true}); !errors.Is(err, asyncz.ErrOption) {
			t.Errorf("to %s: got %v", to, err)
		}
	}
	if _, err := s.Copy(t.Context(), "default", "nowhere", asyncz.CopyOptions{}); err == nil || !strings.Contains(err.Error(), `there is no "nowhere"`) {
		t.Errorf("got %v", err)
	}
}

// Two names of one server can't be told apart, and a task may change while it is
// copied: it must not be taken back then.
func TestATaskIsNotReplacedByItsOwnPast(t *testing.T) {
	t.Parallel()
	from, to := newBytes(), newBytes()
	s := open(t, onBytes(from), asyncz.WithStore("to", to))
	_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("a"))
	must(t, err)
	must(t, to.Add(t.Context(), records(t, from)["a"]))
	_, err = s.PauseTask(t.Context(), "a", asyncz.InStore("to"))
	must(t, err)
	_, err = s.Copy(t.Context(), "default", "to", asyncz.CopyOptions{Replace: true, Force: true})
	if task, _ := s.Task(t.Context(), "a", asyncz.InStore("to")); !errors.Is(err, asyncz.ErrDiffers) || !strings.Contains(err.Error(), "same store?") || task.State != asyncz.StatePaused {
		t.Errorf("got %v, and the task is %s", err, task.State)
	}
}

func TestNothingIsCopiedIntoAStoreOfAnotherKey(t *testing.T) {
	t.Parallel()
	from, to := newBytes(), newBytes()
	_, err := open(t, onBytes(from), asyncz.WithEncryptionKey(secret)).Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("a"))
	must(t, err)
	_, err = open(t, onBytes(to), asyncz.WithEncryptionKey(other)).Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("b"))
	must(t, err)
	s := open(t, onBytes(from), asyncz.WithStore("to", to), asyncz.WithEncryptionKey(secret), asyncz.Unchecked())
	if _, err := s.Copy(t.Context(), "default", "to", asyncz.CopyOptions{}); !errors.Is(err, seal.ErrUnknownKey) || len(records(t, to)) != 1 {
		t.Errorf("got %v", err)
	}
}

// Who copies back what another process has removed and copied before must not be
// taken for somebody who puts old records back.
func TestATaskThatWasCopiedAwayAndBackRuns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		here, there := newBytes(), newBytes()
		s := running(t, onBytes(here), asyncz.WithStore("there", there, asyncz.KeepOpen()), asyncz.WithEncryptionKey(secret), asyncz.WithFunctions(d.functions()))
		_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.ID("a"))
		must(t, err)
		time.Sleep(15 * time.Second)
		tool := open(t, onBytes(here), asyncz.WithStore("there", there, asyncz.KeepOpen()), asyncz.WithEncryptionKey(secret))
		s.Pause()
		_, err = tool.Copy(t.Context(), "default", "there", asyncz.CopyOptions{})
		must(t, err)
		must(t, s.RemoveTask(t.Context(), "a", asyncz.InStore("default")))
		_, err = tool.Copy(t.Context(), "there", "default", asyncz.CopyOptions{})
		must(t, err)
		must(t, s.RemoveTask(t.Context(), "a", asyncz.InStore("there")))
		s.Resume()
		time.Sleep(10 * time.Second)
		if got := d.times("f"); fmt.Sprint(got) != "[10 20]" {
			t.Errorf("ran at %v", got)
		}
	})
}
