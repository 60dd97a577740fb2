package httpcall

import (
	"errors"
	"net/url"
	"regexp"
)

// failure is an error of the HTTP client, without what it tells about the URL.
type failure struct{ err error }

func (f failure) Error() string { return clean(f.err) }
func (f failure) Unwrap() error { return f.err }

var (
	userinfo = regexp.MustCompile(`//[^"]*@`)
	query    = regexp.MustCompile(`(://[^\s"?#]*)[?#][^"]*`)
)

// clean is the text of an error without what may be secret in URLs.
func clean(err error) string {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err // Run has named the method and the URL
	}
	return query.ReplaceAllString(userinfo.ReplaceAllString(err.Error(), "//"), "$1")
}
