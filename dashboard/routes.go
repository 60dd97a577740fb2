package dashboard

import (
	"errors"
	"net/http"
	"path"
	"strings"

	"github.com/go-asyncz/asyncz"
)

// A route is what answers requests of a method for a path.
type route struct {
	pattern string // for [http.ServeMux]
	answer  func(http.ResponseWriter, *http.Request) error
}

// table has one line a page. All paths are one level deep, so that links can be
// relative, and ids stand in the query, because they may hold anything.
func (d *Dashboard) table() []route {
	return []route{
		{"GET /{$}", d.overview},
		{"GET /tasks", d.tasks},
		{"GET /task", d.task},
		{"GET /task-new", d.newTask},
		{"POST /task-new", d.newTask},
		{"GET /task-edit", d.editTask},
		{"POST /task-edit", d.editTask},
		{"POST /act", d.act},
		{"GET /runs", d.runs},
		{"GET /run", d.run},
		{"GET /timeline", d.timeline},
		{"GET /nodes", d.nodes},
		{"GET /stores", d.stores},
		{"GET /events", d.events},
		{"GET /audit", d.audit},
		{"GET /live", d.stream},
		{"GET /assets/{name}", d.assets.serve},
		{"GET /", func(http.ResponseWriter, *http.Request) error { return errNoPage }},
	}
}

func (d *Dashboard) routes() http.Handler {
	mux := http.NewServeMux()
	for _, one := range d.table() {
		mux.HandleFunc(one.pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := one.answer(w, r); err != nil {
				d.fail(w, r, err)
			}
		})
	}
	return mux
}

// rooted sends who asks for the mount point without its slash to the one with
// it, because relative links would miss there.
func rooted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "" {
			asked, _, _ := strings.Cut(r.RequestURI, "?")
			w.Header().Set("Location", "./"+path.Base(asked)+"/")
			w.WriteHeader(http.StatusTemporaryRedirect)
			return
		}
		next.ServeHTTP(w, r)
	})
}

var (
	errNoPage    = errors.New("there is no such page")
	errForbidden = errors.New("a viewer may change nothing; sign in as an operator")
	errBadForm   = errors.New("the form can't be read")
)

// status returns the HTTP status of an error.
func status(err error) int {
	switch {
	case errors.Is(err, errNoPage), errors.Is(err, asyncz.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, errForbidden):
		return http.StatusForbidden
	case errors.Is(err, errBadForm), errors.Is(err, asyncz.ErrTask), errors.Is(err, asyncz.ErrArguments), errors.Is(err, asyncz.ErrNeverFires):
		return http.StatusUnprocessableEntity
	case errors.Is(err, asyncz.ErrConflict), errors.Is(err, asyncz.ErrExists), errors.Is(err, asyncz.ErrAmbiguous), errors.Is(err, asyncz.ErrTooManyRuns):
		return http.StatusConflict
	}
	if errors.Is(err, errNoStream) {
		return http.StatusNotImplemented
	}
	return http.StatusInternalServerError
}

// seeOther sends the browser to another page. [http.Redirect] would turn the
// relative address into one that leaves out where the dashboard is mounted.
func seeOther(w http.ResponseWriter, r *http.Request, address string) {
	if r.Header.Get("HX-Request") != "" {
		w.Header().Set("HX-Redirect", address)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
}
