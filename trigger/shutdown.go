package trigger

import "time"

type shutdown struct{}

var _ Trigger = shutdown{}

// Shutdown fires when the scheduler shuts down. Its series has no instants: the
// scheduler looks at the type.
func Shutdown() Trigger { return shutdown{} }

func (shutdown) Type() string                               { return "shutdown" }
func (shutdown) Next(_, _ time.Time) (t time.Time, ok bool) { return t, false }
func (shutdown) String() string                             { return "when the scheduler shuts down" }
func (shutdown) MarshalJSON() ([]byte, error)               { return []byte(`{"type":"shutdown"}`), nil }
