package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// needs says what an operation asks of its caller.
type needs string

const (
	nothing needs = "nothing"       // anybody may
	reading needs = needs(ReadOnly) // any token will do
	writing needs = needs(Full)     // a full one
)

// roleExtension tells in the OpenAPI document what an operation asks of its caller.
const roleExtension = "x-asyncz-role"

// scheme is the name of the way to authenticate in the OpenAPI document.
const scheme = "token"

// add adds an operation to a server. Each says what it needs: there is no default.
func add[I, O any](s *Server, n needs, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	op.Extensions = map[string]any{roleExtension: string(n)}
	op.Security = []map[string][]string{{scheme: {}}}
	op.MaxBodyBytes = s.settings.maxBody + 1 // it refuses what has as many
	if n == nothing {
		op.Security = []map[string][]string{}
	}
	op.Middlewares = append(huma.Middlewares{s.admission(n)}, op.Middlewares...)
	if op.Tags == nil || op.Tags[0] != eventsTag {
		op.Middlewares = append(op.Middlewares, s.timeLimit)
	}
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["default"] = &huma.Response{Description: "A problem", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[huma.ErrorModel](), true, "")},
	}}
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil && ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = context.DeadlineExceeded
		}
		return out, problem(err)
	})
}

// admission lets callers through who may do what the operation needs.
func (s *Server) admission(n needs) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c := Caller{Role: Full}
		if s.settings.who != nil && n != nothing {
			r, w := humago.Unwrap(ctx)
			var err error
			if c, err = s.settings.who(r); err != nil {
				s.turnAway(w, r, err)
				return
			}
			if n == writing && c.Role != Full {
				p := newProblem(http.StatusForbidden, "read-only", "the token of "+strconv.Quote(c.Name)+" is for reading only")
				s.refused(r, c, ctx.Operation(), p)
				write(w, p)
				return
			}
		}
		next(huma.WithValue(ctx, callerKey{}, c))
	}
}

// turnAway answers somebody whose token is wrong or missing.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, ErrNoToken):
		w.Header().Set("WWW-Authenticate", `Bearer realm="asyncz"`)
		write(w, newProblem(http.StatusUnauthorized, "no-token", err.Error()))
	case errors.Is(err, ErrUnknownToken):
		address := addressOf(r)
		if wait := s.tries.failed(address, time.Now()); wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
			write(w, newProblem(http.StatusTooManyRequests, "too-many-tries", "too many wrong tokens came from this address"))
			return
		}
		s.settings.logger.Warn("a request had a wrong token", "from", address, "method", r.Method, "path", r.URL.Path, "error", err)
		w.Header().Set("WWW-Authenticate", `Bearer realm="asyncz", error="invalid_token"`)
		write(w, newProblem(http.StatusUnauthorized, "wrong-token", ErrUnknownToken.Error()))
	default: // the tokens can't be read, which is no business of somebody unknown
		s.settings.logger.Error("a request could not be authenticated", "from", addressOf(r), "error", err)
		write(w, newProblem(http.StatusServiceUnavailable, "no-authentication", "who you are can't be found out now"))
	}
}

// timeLimit ends the context of an operation that takes too long.
func (s *Server) timeLimit(ctx huma.Context, next func(huma.Context)) {
	limited, cancel := context.WithTimeout(ctx.Context(), s.settings.timeout)
	defer cancel()
	next(huma.WithContext(ctx, limited))
}
