package lifecycle

import (
	"time"

	"github.com/go-asyncz/asyncz/internal/jsondoc"
)

// A document is a task's JSON that is being written.
type document struct{ jsondoc.Document }

func newDocument(size int) *document { return &document{*jsondoc.New(size)} }

func (d *document) secondsIfAny(key string, v time.Duration) {
	if v != 0 {
		d.Value(key, Seconds(v))
	}
}
