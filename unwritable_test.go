package asyncz_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

// JSON keeps a number that CBOR can't. When the codec of a store is changed, a
// task with one is left as it is, and keeps neither the loop hot nor others waiting.
func TestATaskThatCannotBeWrittenIsLeftAsItIs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		st := newBytes()
		before := open(t, onBytes(st), asyncz.WithFunctions(&asyncz.Functions{}))
		_, err := before.AddJSON(t.Context(), []byte(`{"id":"odd","function":"g","kwargs":{"n":0.1000000000000000055511151231257827},"trigger":{"type":"interval","seconds":10}}`))
		must(t, err)
		odd := records(t, st)["odd"]
		fs := d.functions()
		asyncz.RegisterIn(fs, "g", func(_ context.Context, _ map[string]any) (struct{}, error) { d.note("g"); return struct{}{}, nil })
		s := running(t, asyncz.WithStore("default", st, asyncz.KeepOpen(), asyncz.Codec("cbor")), asyncz.WithFunctions(fs))
		told := make(chan asyncz.TaskUnreadable, 100)
		asyncz.On(s, func(e asyncz.TaskUnreadable) { told <- e })
		_, err = s.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.ID("even"))
		must(t, err)
		time.Sleep(45 * time.Second)
		synctest.Wait()
		if got := d.times("f"); len(got) != 4 || len(d.times("g")) != 0 {
			t.Errorf("ran %v", d.all())
		}
		if after := records(t, st)["odd"]; string(after.Data) != string(odd.Data) {
			t.Error("the record was changed")
		}
		if len(told) != 1 {
			t.Errorf("told %d times", len(told))
		}
	})
}
