package api

import (
	"net/http"
	"net/url"
	"strings"
)

// An id may be a slash alone, and [http.ServeMux] takes an element that is an
// escaped slash alone for the end of the path. So it is routed as a NUL, which no id
// has, and turned back before the handler sees it.
const (
	loneSlash = "%2F"
	disguise  = "%00"
)

// routes is a mux whose handlers see such ids as they are.
type routes struct{ *http.ServeMux }

// HandleFunc adds a handler.
func (m routes) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	m.ServeMux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") == "\x00" {
			r.SetPathValue("id", "/")
		}
		handler(w, r)
	})
}

// routable returns a request whose path the mux takes apart as it is meant.
func routable(r *http.Request) *http.Request {
	if !strings.Contains(strings.ToUpper(r.URL.RawPath), loneSlash) {
		return r
	}
	parts := strings.Split(r.URL.EscapedPath(), "/")
	for i, p := range parts {
		if strings.EqualFold(p, loneSlash) {
			parts[i] = disguise
		}
	}
	escaped := strings.Join(parts, "/")
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return r
	}
	changed := *r
	changed.URL = &url.URL{}
	*changed.URL = *r.URL
	changed.URL.Path, changed.URL.RawPath = path, escaped
	return &changed
}
