package auth

import (
	"net/url"
	"strings"
	"testing"
)

func TestALoginLeadsBackToThePageAndNowhereElse(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"tasks?state=paused&q=a%20b": "./tasks?q=a+b&state=paused",
		"./task-edit?id=a%2Fb":       "./task-edit?id=a%2Fb",
		"runs":                       "./runs",
		"":                           "./",
		"./":                         "./",
		"?q=1":                       "./?q=1",
		"/tasks":                     "./",
		"../admin":                   "./",
		"%2e%2e/admin":               "./",
		"https://evil.example/":      "./",
		"//evil.example/":            "./",
		".//evil.example/":           "./",
		"/\\evil.example/":           "./",
		"\\\\evil.example/":          "./",
		"\t//evil.example/":          "./",
		"javascript:alert(1)":        "./",
		"login?next=login":           "./",
		"logout":                     "./",
		"tasks?%zz":                  "./",
	} {
		if got := safeNext(next); got != want {
			t.Errorf("from %q to %q, not %q", next, got, want)
		}
	}
}

func FuzzSafeNextStaysInTheDashboard(f *testing.F) {
	for _, next := range []string{"tasks?x=1", "//evil.example", "/\\evil.example", ".//evil", "..//evil", "\t/x", "https:evil.example", "%2e./x", ";@evil", "a?b#c"} {
		f.Add(next)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := safeNext(next)
		// What browsers do to a Location before they resolve it.
		seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(strings.TrimSpace(got))
		u, err := url.Parse(seen)
		if err != nil {
			t.Fatalf("%q leads to %q, which is no URL: %v", next, got, err)
		}
		to := (&url.URL{Scheme: "https", Host: "us.example", Path: "/ops/login"}).ResolveReference(u)
		if to.Scheme != "https" || to.Host != "us.example" || to.User != nil || to.Fragment != "" || strings.LastIndex(to.Path, "/") != len("/ops") || !strings.HasPrefix(to.Path, "/ops/") {
			t.Errorf("%q leads to %q: %s", next, got, to)
		}
		if safeNext(got) != got {
			t.Errorf("%q leads to %q, and that to %q", next, got, safeNext(got))
		}
	})
}
