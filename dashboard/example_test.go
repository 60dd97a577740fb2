package dashboard_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/dashboard"
)

// Mounted in a server of one's own, whose middleware says who the user is.
func ExampleNew() {
	s, err := asyncz.New(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	d, err := dashboard.New(s, dashboard.WithHostAuth(func(r *http.Request) (user string, role dashboard.Role, ok bool) {
		user, _, ok = r.BasicAuth() // what the program's own middleware has checked
		return user, dashboard.Viewer, ok
	}))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = d.Close() }()

	mux := http.NewServeMux()
	mux.Handle("/ops/", http.StripPrefix("/ops", d))

	r := httptest.NewRequest(http.MethodGet, "/ops/tasks", nil)
	r.SetBasicAuth("olga", "")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	fmt.Println(w.Code, strings.Contains(w.Body.String(), "There is no task yet"))
	// Output: 200 true
}
