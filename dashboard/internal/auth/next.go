package auth

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// The pages of the dashboard are one level deep, and addresses are relative, so
// that nobody needs to know under which path, and behind which proxy, it stands.

var pageName = regexp.MustCompile(`^[a-z0-9-]*$`)

// safeNext returns the address to go to after a login: next if it is the name of
// a page, perhaps with a query, and else that of the first page. It is relative
// to a page, and never leaves the dashboard.
func safeNext(next string) string {
	name, query, _ := strings.Cut(strings.TrimPrefix(next, "./"), "?")
	values, err := url.ParseQuery(query)
	if err != nil || !pageName.MatchString(name) || name == loginPath[1:] || name == logoutPath[1:] {
		return "./"
	}
	if len(values) == 0 {
		return "./" + name
	}
	return "./" + name + "?" + values.Encode()
}

// here is the name of the page at a URL, with its query, as safeNext takes it.
func here(u *url.URL) string {
	return u.Path[strings.LastIndex(u.Path, "/")+1:] + "?" + u.RawQuery
}

// loginAddress is where to log in, relative to what the request asks for, and to
// come back to next from there.
func loginAddress(r *http.Request, next string) string {
	up := strings.Repeat("../", max(0, strings.Count(r.URL.Path, "/")-1))
	return up + "./login?" + url.Values{"next": {next}}.Encode()
}

// seeOther sends the browser to a relative address. [http.Redirect] would make
// it one that leaves out where the dashboard is mounted.
func seeOther(w http.ResponseWriter, address string) {
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
}
