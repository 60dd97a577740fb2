package dashboard

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/dashboard/internal/auth"
)

//go:embed templates
var templateFiles embed.FS

// pages are the templates by the name of their file without its end.
type pages map[string]*template.Template

// loadPages reads the templates: each page is the layout and the parts that are
// shared, with the page's own blocks in it.
func (d *Dashboard) loadPages() (pages, error) {
	shared, err := template.New("").Funcs(d.funcs()).ParseFS(templateFiles, "templates/shared/*.html")
	if err != nil {
		return nil, err
	}
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, err
	}
	all := pages{}
	for _, f := range files {
		if f.IsDir() {
			continue
		}
		page, err := shared.Clone()
		if err != nil {
			return nil, err
		}
		if _, err := page.ParseFS(templateFiles, path.Join("templates", f.Name())); err != nil {
			return nil, err
		}
		all[strings.TrimSuffix(f.Name(), ".html")] = page
	}
	return all, nil
}

// A frame is what every page has around its own content.
type frame struct {
	Title string // unique among pages
	Nav   string // the entry of the navigation that is lit
	Live  string // kinds of changes after which the page is read again; see topics
	Every int    // milliseconds after which it is read again in any case; 0: the script's own measure

	Bare bool // without navigation, for those who are not let in

	User  auth.User
	Leave bool // the user logged in here, and so can log out
	Node  string
	State asyncz.NodeState
	Flash *flash
	Self  string // this page's own address, relative
	Now   time.Time
	Page  any
}

// show writes a page. Of a request by htmx, which takes out of it what it wants,
// it leaves the frame away.
func (d *Dashboard) show(w http.ResponseWriter, r *http.Request, name string, f frame) error {
	return d.showAs(w, r, http.StatusOK, name, f)
}

func (d *Dashboard) showAs(w http.ResponseWriter, r *http.Request, code int, name string, f frame) error {
	page, ok := d.pages[name]
	if !ok {
		return fmt.Errorf("there is no template %q", name)
	}
	f.User, f.Leave, f.Node, f.State, f.Now = auth.UserFrom(r.Context()), auth.HasSession(r.Context()), d.s.Node(), d.s.State(), time.Now()
	f.Self = here(r)
	part := "content"
	if r.Header.Get("HX-Request") == "" {
		part, f.Flash = "layout", takeFlash(w, r)
	}
	if f.Bare {
		part = "bare"
	}
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, part, f); err != nil {
		return fmt.Errorf("page %q: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "HX-Request")
	w.WriteHeader(code)
	_, _ = w.Write(b.Bytes()) // the browser has gone away: nobody is left to be told
	return nil
}

// fail answers with what went wrong, as a page; for a part of one that a script
// asked for, in a header too.
func (d *Dashboard) fail(w http.ResponseWriter, r *http.Request, cause error) {
	code := status(cause)
	if r.Context().Err() != nil {
		return
	}
	if code == http.StatusInternalServerError {
		d.set.logger.ErrorContext(r.Context(), "a page of the dashboard failed", "path", r.URL.Path, "error", cause)
	}
	f := frame{Title: fmt.Sprintf("%d %s", code, http.StatusText(code)), Page: struct {
		Code  int
		Error string
	}{code, cause.Error()}}
	if code == http.StatusNotFound && r.Method == http.MethodGet && r.Header.Get("HX-Request") != "" {
		code = http.StatusOK // what an open page showed has gone since: it says so from now on
	} else {
		w.Header().Set("X-Asyncz-Error", header(cause.Error()))
	}
	if err := d.showAs(w, r, code, "error", f); err != nil {
		d.set.logger.ErrorContext(r.Context(), "the error page failed", "error", err)
		http.Error(w, http.StatusText(code), code)
	}
}

// header makes a text fit for a header: one line of ASCII, not too long.
func header(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
	return s[:min(len(s), 500)]
}
