package api

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api/internal/form"
)

// where returns the option for a store, which must be there.
func (s *Server) where(alias string) ([]asyncz.TaskOption, error) {
	if alias == "" {
		return nil, nil
	}
	if known := s.scheduler.Stores(); !slices.Contains(known, alias) {
		return nil, at("query.store", "there is no such store; known ones are "+strings.Join(known, ", "), alias)
	}
	return []asyncz.TaskOption{asyncz.InStore(alias)}, nil
}

// options are those for the store and the version that a request names.
func (s *Server) options(store string, v form.IfMatch) ([]asyncz.TaskOption, error) {
	opts, err := s.where(store)
	if err != nil || v.Version == "" || v.Version == "*" { // any version: it must be there, which a change needs anyway
		return opts, err
	}
	version, err := strconv.Unquote(v.Version)
	if err != nil || strings.HasPrefix(v.Version, "`") || strings.HasPrefix(v.Version, "'") {
		return nil, at("header.If-Match", "give one strong ETag in quotes, as it came, or *", v.Version)
	}
	return append(opts, asyncz.IfVersion(version)), nil
}

// etag is the version of a task as a header; none if it has none.
func etag(t asyncz.Task) string {
	if v := t.Version(); v != "" {
		return strconv.Quote(v)
	}
	return ""
}

// sameID refuses a body that names another task than the path.
func sameID(path, body string) error {
	if body != "" && body != path {
		return at("body.id", fmt.Sprintf("it is not the %q of the path; an id can't be changed", path), body)
	}
	return nil
}

// badCursor tells an error of a list, of a cursor as one of the parameter.
func badCursor(after string, err error) error {
	if after != "" && strings.HasPrefix(err.Error(), "after: ") {
		return at("query.after", "it is not the next of a page", after)
	}
	return err
}
