package dashboard

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// taskLink is the address of a task's page.
func taskLink(store, id string) string { return "task?" + pick(store, id) }

// editLink is the address of the form that changes a task.
func editLink(store, id string) string { return "task-edit?" + pick(store, id) }

// runLink is the address of a run's page; id is that of Run.ID.
func runLink(store, id string) string { return "run?" + pick(store, id) }

// pick is a task in a form's value and in an address.
func pick(store, id string) string {
	return url.Values{"store": {store}, "id": {id}}.Encode()
}

// unpick is the inverse of pick.
func unpick(s string) (store, id string, err error) {
	v, err := url.ParseQuery(s)
	if err != nil || v.Get("id") == "" {
		return "", "", errBadForm
	}
	return v.Get("store"), v.Get("id"), nil
}

// knowsStore refuses an alias in an address that no store has.
func (d *Dashboard) knowsStore(alias string) error {
	if alias == "" || slices.Contains(d.s.Stores(), alias) {
		return nil
	}
	return fmt.Errorf("%w: there is no store %q", errNoPage, alias)
}

// here is the address of the request's own page, relative to itself.
func here(r *http.Request) string {
	page := strings.TrimPrefix(r.URL.EscapedPath(), "/")
	if page == "" {
		page = "./"
	}
	if r.URL.RawQuery != "" {
		page += "?" + r.URL.RawQuery
	}
	return page
}

// safeReturn returns an address that a form says to go back to, if it is one of
// ours: the name of a page and perhaps a query. Otherwise it returns fallback.
func safeReturn(address, fallback string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || strings.ContainsAny(u.Path, `/\:`) && u.Path != "./" {
		return fallback
	}
	if u.Path == "" {
		return fallback
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
}

// with returns an address with some parameters of the query replaced; an empty
// value takes one away.
func with(page string, q url.Values, pairs ...string) string {
	n := url.Values{}
	for k, v := range q {
		n[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			n.Del(pairs[i])
		} else {
			n.Set(pairs[i], pairs[i+1])
		}
	}
	if len(n) == 0 {
		return page
	}
	return page + "?" + n.Encode()
}
