package asyncz_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/command"
	"github.com/go-asyncz/asyncz/trigger"
)

func TestTheLastResultIsKeptWithItsTask(t *testing.T) {
	for name, c := range map[string]struct {
		result any
		want   string // what is kept begins so; "" means nothing
	}{
		"short":                   {map[string]int{"removed": 3}, `{"removed":3}`},
		"long":                    {strings.Repeat("x", 5000), ""},
		"long, with a summary":    {command.Result{Output: strings.Repeat("é", 32<<10)}, `{"exit_code":0,"output":"ééé`},
		"can't be written at all": {func() {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fs := &asyncz.Functions{}
				asyncz.RegisterIn(fs, "f", func(context.Context, struct{}) (any, error) { return c.result, nil })
				s := running(t, onBytes(newBytes()), asyncz.WithFunctions(fs))
				_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Minute), asyncz.ID("a"))
				must(t, err)
				time.Sleep(90 * time.Second)
				task, err := s.Task(t.Context(), "a")
				must(t, err)
				got := string(task.Last.Result)
				if task.Last.Outcome != asyncz.Executed || !strings.HasPrefix(got, c.want) || (c.want == "") != (got == "") {
					t.Errorf("kept %.60q", got)
				}
			})
		})
	}
}
