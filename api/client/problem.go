package client

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/go-asyncz/asyncz"
)

// A Problem is what a server says when it refuses a request, as in RFC 9457.
type Problem struct {
	Server string       `json:"-"`      // who says it
	Type   string       `json:"type"`   // urn:asyncz:… names the error of the scheduler
	Status int          `json:"status"` // of HTTP
	Title  string       `json:"title"`
	Detail string       `json:"detail"`
	Errors []FieldError `json:"errors"`
}

// A FieldError is what is wrong with one field of a request.
type FieldError struct {
	Location string `json:"location"` // such as body.trigger or query.limit
	Message  string `json:"message"`
	Value    any    `json:"value"`
}

// Error implements error. It names the fields.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Detail)
	if p.Detail == "" {
		fmt.Fprintf(&b, "%s answers %d %s", p.Server, p.Status, p.Title)
	}
	for _, e := range p.Errors {
		if strings.Contains(p.Detail, e.Message) {
			continue
		}
		b.WriteString("; ")
		if e.Location != "" {
			b.WriteString(strings.TrimPrefix(e.Location, "body.") + ": ")
		}
		b.WriteString(e.Message)
	}
	return b.String()
}

// meanings are the errors of a scheduler by the type of the problem.
var meanings = map[string][]error{
	"urn:asyncz:not-found":        {asyncz.ErrNotFound},
	"urn:asyncz:exists":           {asyncz.ErrExists},
	"urn:asyncz:conflict":         {asyncz.ErrConflict},
	"urn:asyncz:invalid-task":     {asyncz.ErrTask},
	"urn:asyncz:never-fires":      {asyncz.ErrTask, asyncz.ErrNeverFires},
	"urn:asyncz:unknown-function": {asyncz.ErrTask, asyncz.ErrUnknownFunction},
	"urn:asyncz:ambiguous":        {asyncz.ErrAmbiguous},
	"urn:asyncz:too-many-runs":    {asyncz.ErrTooManyRuns},
	"urn:asyncz:stopped":          {asyncz.ErrStopped},
}

// Is reports whether this is an error of the scheduler.
func (p *Problem) Is(target error) bool {
	for _, e := range meanings[p.Type] {
		if e == target { //nolint:errorlint // these are the errors themselves
			return true
		}
	}
	// A body whose form is wrong never reached the scheduler.
	return target == asyncz.ErrTask && p.Status == http.StatusUnprocessableEntity && //nolint:errorlint
		len(p.Errors) > 0 && strings.HasPrefix(p.Errors[0].Location, "body")
}
