package asyncz

import (
	"fmt"
	"reflect"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// A Choice is what options say beside the definition of a task: where it is, which
// version it must have, and how it is to be added. A client that sends tasks to a
// scheduler elsewhere needs it, because options are functions.
type Choice struct {
	Store   string // of [InStore]
	Version string // of [IfVersion]
	Paused  bool
	Replace bool
}

// ChoiceOf returns what the options say. One that speaks of the definition, such as
// [Timeout], is an error: that belongs into the JSON.
func ChoiceOf(opts ...TaskOption) (Choice, error) {
	var ch Choice
	for i, o := range opts {
		// An option that sets what was there already does not show, so two
		// drafts are tried that have nothing in common.
		for _, was := range []lifecycle.Definition{{Policy: &lifecycle.Policy{}}, unlikely()} {
			d := new(draft).of(&was)
			o(d)
			if !reflect.DeepEqual(d.def, was) {
				return Choice{}, fmt.Errorf("%w: option %d is about the definition of the task, which is said in JSON here", ErrTask, i+1)
			}
			ch.add(d)
		}
	}
	return ch, nil
}

func (ch *Choice) add(d *draft) {
	if d.store != "" {
		ch.Store = d.store
	}
	if d.version != "" {
		ch.Version = d.version
	}
	ch.Paused, ch.Replace = ch.Paused || d.paused, ch.Replace || d.replace
}

// unlikely is a definition that no option makes.
func unlikely() lifecycle.Definition {
	const text = "\x00"
	return lifecycle.Definition{
		ID: text, Name: text, Func: text, Executor: text, Args: lifecycle.Args{JSON: []byte(text)},
		Metadata: map[string]string{text: text},
		Policy: &lifecycle.Policy{
			Grace: -1, Coalesce: true, CatchUp: -1, MaxInstances: -1, Timeout: -1, OnLost: text,
			Retry: lifecycle.Retry{Attempts: -1, Delay: -1, Exponential: true, MaxDelay: -1},
		},
	}
}
