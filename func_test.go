package asyncz_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

type plainArgs struct{ To string }

// readArgs say what they are when they are told nothing.
type readArgs struct{ to string }

func (a *readArgs) UnmarshalJSON(b []byte) error {
	a.to = "read from " + string(b)
	return nil
}

func TestArgumentsThatAreNotGivenAreEmptyOrWhatTheirTypeMakesOfThem(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var fs asyncz.Functions
		var plain *plainArgs
		var read, mapped string
		asyncz.RegisterIn(&fs, "plain", func(_ context.Context, a plainArgs) (int, error) { plain = &a; return 0, nil })
		asyncz.RegisterIn(&fs, "read", func(_ context.Context, a readArgs) (int, error) { read = a.to; return 0, nil })
		asyncz.RegisterIn(&fs, "mapped", func(_ context.Context, a map[string]any) (int, error) {
			text, err := json.Marshal(a)
			mapped = string(text)
			return 0, err
		})
		s := running(t, asyncz.WithFunctions(&fs), onBytes(newBytes()))
		for _, name := range fs.Names() {
			if _, err := s.Add(t.Context(), asyncz.Named(name, nil), trigger.At(time.Now()), asyncz.ID(name)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if plain == nil || *plain != (plainArgs{}) || read != "read from {}" || mapped != "{}" {
			t.Errorf("plain %v, read %q, mapped %q", plain, read, mapped)
		}
	})
}
