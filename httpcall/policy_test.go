package httpcall

import (
	"errors"
	"net/http"
	"testing"
)

func TestRedirectsNeverLeaveHTTPS(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		follows  bool
	}{
		{"https://a/", "http://a/", false},
		{"https://a/", "https://b/", true},
		{"http://a/", "https://a/", true},
	} {
		from, _ := http.NewRequest(http.MethodGet, c.from, nil)
		to, _ := http.NewRequest(http.MethodGet, c.to, nil)
		if err := checkRedirect(to, []*http.Request{from}); (err == nil) != c.follows || errors.Is(err, http.ErrUseLastResponse) {
			t.Errorf("from %s to %s: %v", c.from, c.to, err)
		}
	}
}

// FuzzStatuses checks that what is read is written in a form that reads as the
// same, and holds no code that is out of range.
func FuzzStatuses(f *testing.F) {
	for _, s := range []string{"", "200", "200-299,404", " 500 - 599 ", "2xx", "300-200", ",", "-", "٢٠٠"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseStatuses(text)
		if err != nil {
			return
		}
		again, err := parseStatuses(s.String())
		if err != nil {
			t.Fatalf("%q is written as %q, which can't be read: %v", text, s, err)
		}
		for code := range 700 {
			if s.contain(code) != again.contain(code) || s.contain(code) && (code < 100 || code > 599) {
				t.Errorf("%q and %q differ for %d", text, s, code)
			}
		}
	})
}
