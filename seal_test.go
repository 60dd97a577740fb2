package asyncz_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/seal"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

const secret, other = "correct horse battery staple", "another key of a good length"

func try(st store.Store, opts ...asyncz.Option) (*asyncz.Scheduler, error) {
	return asyncz.New(context.Background(), append([]asyncz.Option{onBytes(st), asyncz.WithLogger(slog.New(slog.DiscardHandler))}, opts...)...)
}

func TestASchedulerDoesNotStartWithTheWrongKeyAndChangesNothing(t *testing.T) {
	t.Parallel()
	sealed, plain := newBytes(), newBytes()
	for _, c := range []struct {
		st  store.Store
		key string
	}{{sealed, secret}, {plain, ""}} {
		s := open(t, onBytes(c.st), asyncz.WithEncryptionKey(c.key))
		if _, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("a")); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		st   store.Store
		key  string
		want error
	}{
		{"another key", sealed, other, seal.ErrUnknownKey},
		{"no key", sealed, "", seal.ErrKeyRequired},
		{"a key on plain records", plain, secret, seal.ErrNotSealed},
	} {
		before := fmt.Sprint(records(t, c.st))
		_, err := try(c.st, asyncz.WithEncryptionKey(c.key))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		} else if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), other) {
			t.Errorf("%s: the error shows a key: %v", c.name, err)
		}
		if after := fmt.Sprint(records(t, c.st)); after != before {
			t.Errorf("%s: the store was changed", c.name)
		}
	}
	if s, err := try(sealed, asyncz.WithEncryptionKey(other, secret)); err != nil {
		t.Errorf("with the right key among the old ones: %v", err)
	} else {
		_ = s.Shutdown(t.Context())
	}
}

func TestSealedRecordsShowNothingOfTheTask(t *testing.T) {
	t.Parallel()
	st := newBytes()
	s := open(t, onBytes(st), asyncz.WithEncryptionKey(secret))
	_, err := s.Add(t.Context(), asyncz.Named("transfer", map[string]string{"account": "CH93 0076"}), trigger.MustEvery(time.Hour), asyncz.ID("a"))
	if err != nil {
		t.Fatal(err)
	}
	data := string(records(t, st)["a"].Data)
	if strings.Contains(data, "transfer") || strings.Contains(data, "CH93") || !seal.IsSealed([]byte(data)) {
		t.Errorf("got %q", data)
	}
}

// What whoever can write to the store may try: each leaves the task alone, is
// told of, and keeps no other task from running.
func TestRecordsThatWereTamperedWith(t *testing.T) {
	for name, tamper := range map[string]func(t *testing.T, st store.Store, first store.Record){
		"a changed byte": func(t *testing.T, st store.Store, _ store.Record) {
			r := records(t, st)["a"]
			r.Data[len(r.Data)-1] ^= 1
			must(t, st.Update(t.Context(), r))
		},
		"the record of another task": func(t *testing.T, st store.Store, _ store.Record) {
			all := records(t, st)
			r := all["a"]
			r.Data = all["b"].Data
			must(t, st.Update(t.Context(), r))
		},
		"a plain record": func(t *testing.T, st store.Store, _ store.Record) {
			r := records(t, st)["a"]
			r.Data = []byte(`{"v":1,"rev":1,"task":{}}`)
			must(t, st.Update(t.Context(), r))
		},
		"rubbish": func(t *testing.T, st store.Store, _ store.Record) {
			r := records(t, st)["a"]
			r.Data = []byte{0, 1, 2}
			must(t, st.Update(t.Context(), r))
		},
		"an older state put back": func(t *testing.T, st store.Store, first store.Record) {
			r := records(t, st)["a"]
			r.Data = first.Data
			must(t, st.Update(t.Context(), r))
		},
		"a removed task put back": func(t *testing.T, st store.Store, first store.Record) {
			must(t, st.Delete(t.Context(), "a", 0))
			must(t, st.Add(t.Context(), first))
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				d := newDiary()
				st := newBytes()
				s := running(t, onBytes(st), asyncz.WithEncryptionKey(secret), asyncz.WithFunctions(d.functions()))
				told := make(chan asyncz.TaskUnreadable, 100)
				asyncz.On(s, func(e asyncz.TaskUnreadable) { told <- e })
				for _, id := range []string{"a", "b"} {
					_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.ID(id))
					must(t, err)
				}
				first := records(t, st)["a"]
				time.Sleep(15 * time.Second) // both ran once, so that the first state is an old one
				tamper(t, st, first)
				before := records(t, st)["a"]
				time.Sleep(40 * time.Second)
				synctest.Wait()
				if n := len(d.times("f")); n != 2+4 {
					t.Errorf("%d runs, want 2 before and the 4 of the other task", n)
				}
				if after := records(t, st)["a"]; string(after.Data) != string(before.Data) {
					t.Error("the record was changed")
				}
				if len(told) != 1 || (<-told).Task != "a" {
					t.Errorf("told %d times in 40 seconds", len(told)+1)
				}
				checks, err := s.Doctor(t.Context())
				must(t, err)
				if f := checks[0].Findings; len(f) != 1 || f[0].Task != "a" || f[0].Problem != "unreadable" {
					t.Errorf("doctor found %+v", f)
				}
				tasks, err := s.Tasks(t.Context(), asyncz.Filter{State: asyncz.StateUnreadable})
				if err != nil || len(tasks) != 1 || tasks[0].Err == nil {
					t.Errorf("listed %+v, %v", tasks, err)
				}
			})
		})
	}
}

// The due time of a record is only a hint: the sealed state decides.
func TestAnIndexThatWasTamperedWithIsRepaired(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		st := newBytes()
		s := running(t, onBytes(st), asyncz.WithEncryptionKey(secret), asyncz.WithFunctions(d.functions()))
		_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("a"))
		must(t, err)
		right := records(t, st)["a"].Due
		r := records(t, st)["a"]
		r.Due = time.Now()
		must(t, st.Update(t.Context(), r))
		time.Sleep(5 * time.Second)
		d.expect(t)
		if got := records(t, st)["a"].Due; !got.Equal(right) {
			t.Errorf("due %v, want %v", got, right)
		}
	})
}

func TestATaskRemovedAndAddedAgainIsNotTakenForAnOldOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		st := newBytes()
		s := running(t, onBytes(st), asyncz.WithEncryptionKey(secret), asyncz.WithFunctions(d.functions()))
		elsewhere := open(t, onBytes(st), asyncz.WithEncryptionKey(secret), asyncz.WithFunctions(d.functions()))
		add := func(by *asyncz.Scheduler) {
			_, err := by.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.ID("a"))
			must(t, err)
		}
		add(s)
		time.Sleep(35 * time.Second)
		for range 3 { // by this process and by another, which knows of no removal here
			must(t, elsewhere.RemoveTask(t.Context(), "a"))
			add(elsewhere)
			time.Sleep(15 * time.Second)
			must(t, s.RemoveTask(t.Context(), "a"))
			add(s)
			time.Sleep(15 * time.Second)
		}
		if n := len(d.times("f")); n != 3+6 {
			t.Errorf("%d runs, want 9", n)
		}
	})
}

func TestRewrapBringsAllRecordsUnderTheNewKey(t *testing.T) {
	t.Parallel()
	st := newBytes()
	first := open(t, onBytes(st), asyncz.WithEncryptionKey(secret))
	for i := range 250 {
		_, err := first.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID(fmt.Sprint(i)))
		must(t, err)
	}
	second := open(t, onBytes(st), asyncz.WithEncryptionKey(other, secret))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := second.Rewrap(ctx, "default", false, func(p asyncz.Progress) {
		if p.Written == 100 {
			cancel() // broken off in the middle
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	done, err := second.Rewrap(t.Context(), "default", false, nil)
	if err != nil || done.Written != 150 || done.Seen != 250 {
		t.Fatalf("begun again: %+v, %v", done, err)
	}
	third := open(t, onBytes(st), asyncz.WithEncryptionKey(other))
	if tasks, err := third.Tasks(t.Context(), asyncz.Filter{State: asyncz.StateScheduled}); err != nil || len(tasks) != 250 {
		t.Errorf("%d tasks with the new key alone, %v", len(tasks), err)
	}
}

func TestRewrapTakesPlainRecordsInOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	st := newBytes()
	plain := open(t, onBytes(st))
	_, err := plain.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("a"))
	must(t, err)
	s := open(t, onBytes(st), asyncz.WithEncryptionKey(secret), asyncz.Unchecked())
	if done, err := s.Rewrap(t.Context(), "default", false, nil); !errors.Is(err, seal.ErrNotSealed) || done.Written != 0 || done.Failed != 1 {
		t.Errorf("got %+v, %v", done, err)
	}
	if done, err := s.Rewrap(t.Context(), "default", true, nil); err != nil || done.Written != 1 {
		t.Errorf("got %+v, %v", done, err)
	}
	if !seal.IsSealed(records(t, st)["a"].Data) {
		t.Error("it is plain still")
	}
}

func TestEachCodecKeepsATaskAndReadsAllOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		st := newBytes()
		codecs := []asyncz.StoreOption{asyncz.Codec("json"), asyncz.Codec("cbor"), asyncz.Codec("pickle")}
		for p := range 6 {
			codecs = append(codecs, asyncz.PickleProtocol(p))
		}
		fs := &asyncz.Functions{}
		got := make(chan args, 100)
		asyncz.RegisterIn(fs, "f", func(_ context.Context, a args) (struct{}, error) {
			got <- a
			return struct{}{}, nil
		})
		for i, c := range codecs {
			s, err := asyncz.New(t.Context(), asyncz.WithStore("default", st, asyncz.KeepOpen(), c), asyncz.WithFunctions(fs), asyncz.WithEncryptionKey(""))
			must(t, err)
			_, err = s.Add(t.Context(), asyncz.Named("f", args{"zürich ☃", i}), trigger.At(time.Now().Add(time.Minute)))
			must(t, err)
			must(t, s.Shutdown(t.Context()))
		}
		running(t, onBytes(st), asyncz.WithFunctions(fs))
		time.Sleep(2 * time.Minute)
		sum := 0
		for range codecs {
			a := <-got
			if a.Name != "zürich ☃" {
				t.Errorf("got %+v", a)
			}
			sum += a.N
		}
		if sum != 36 || len(got) != 0 {
			t.Errorf("sum %d, %d too many", sum, len(got))
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
