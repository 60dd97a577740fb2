package browser

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What the tests rely on: that a page can't complain unheard.
func TestWhatAPageComplainsOfIsHeard(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, script, want string }{
		"an error on the console":  {"", `console.error("alas")`, `console: "alas"`},
		"an exception":             {"", `throw new Error("alas")`, "exception: Uncaught Error: alas"},
		"a promise that fails":     {"", `Promise.reject(new Error("alas"))`, "alas"},
		"a script in the page":     {`<script>document.title = "run"</script>`, ``, "Content Security Policy"},
		"a style in the page":      {`<p style="color: red">x</p>`, ``, "Content Security Policy"},
		"a handler in the page":    {`<img src="/favicon.ico" onload="document.title = 'run'">`, ``, "Content Security Policy"},
		"an image from elsewhere":  {`<img src="https://elsewhere.invalid/x.png">`, ``, "Content Security Policy"},
		"a page that is not there": {"", `fetch("/missing")`, "status 404"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Security-Policy", "default-src 'self'")
				switch r.URL.Path {
				case "/":
					io.WriteString(w, `<!doctype html><title>x</title><body>`+c.body+`<script src="/script.js"></script>`)
				case "/script.js":
					w.Header().Set("Content-Type", "text/javascript")
					io.WriteString(w, c.script)
				case "/favicon.ico":
					w.Header().Set("Content-Type", "image/svg+xml")
					io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>`)
				default:
					http.NotFound(w, r)
				}
			}))
			t.Cleanup(server.Close)
			p := visit(t, server.URL+"/", "", desktop)
			heard := func() string { return strings.Join(p.all(), "\n") }
			for !strings.Contains(heard(), c.want) {
				p.heardMore(t)
			}
			p.allow("") // they were meant
		})
	}
}
