package asyncz_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

func TestTasksOfAStoreCallOnlyTheFunctionsThatTheyMay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		open, shut := newBytes(), newBytes()
		s := running(t, onBytes(open), asyncz.WithStore("shut", shut, asyncz.KeepOpen()), asyncz.WithFunctions(d.functions()),
			asyncz.AllowFunctions(func(store, function string) bool { return store != "shut" || function != "f" }),
			asyncz.AllowFunctions(func(string, string) bool { return true }))
		for _, where := range []string{"default", "shut"} {
			_, err := s.Add(t.Context(), call("f"), trigger.At(time.Now().Add(time.Second)), asyncz.ID(where), asyncz.InStore(where))
			must(t, err)
		}
		before := records(t, shut)["shut"]
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if n := len(d.times("f")); n != 1 {
			t.Errorf("%d runs, want one", n)
		}
		if after := records(t, shut)["shut"]; string(after.Data) != string(before.Data) {
			t.Error("the task that may not run was changed")
		}
		checks, err := s.Doctor(t.Context())
		must(t, err)
		if f := checks[1].Findings; len(f) == 0 || f[0].Problem != "unknown_function" {
			t.Errorf("doctor found %+v", checks)
		}
	})
}
