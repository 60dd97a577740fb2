package httpcall

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// checkRedirect is the policy that Run describes.
func checkRedirect(next *http.Request, before []*http.Request) error {
	first, last := before[0], before[len(before)-1]
	switch {
	case first.Method != http.MethodGet && first.Method != http.MethodHead:
		return http.ErrUseLastResponse
	case len(before) >= 10:
		return errors.New("stopped after 10 redirects")
	case last.URL.Scheme == "https" && next.URL.Scheme != "https":
		return errors.New("the redirect from https to http is not followed")
	}
	if !sameOrigin(first.URL, next.URL) {
		next.Header = http.Header{"User-Agent": {userAgent}} //nolint:gosec // this leaves all headers of the call out, which is the point
		next.URL.User = nil
	}
	return nil
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}
