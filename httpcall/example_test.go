package httpcall_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/go-asyncz/asyncz/httpcall"
)

func ExampleRun() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "healthy, "+r.Header.Get("Idempotency-Key"))
	}))
	defer server.Close()

	res, err := httpcall.Run(context.Background(), httpcall.Args{
		URL:          server.URL + "/health",
		ExpectStatus: "200,204",
		Extra:        map[string]string{"Idempotency-Key": "ping@2026-01-01T00:00:00Z"},
	})
	fmt.Println(res.Status, res.Body, err)
	// Output: 200 healthy, ping@2026-01-01T00:00:00Z <nil>
}

func ExampleArgs_Validate() {
	fmt.Println(httpcall.Args{Method: "FETCH", URL: "https://example.org"}.Validate())
	fmt.Println(httpcall.Args{URL: "https://example.org", ExpectStatus: "2xx"}.Validate())
	// Output:
	// invalid HTTP call: method is "FETCH"; it must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS
	// invalid HTTP call: expect_status is "2xx"; it must be status codes (100 to 599) and ranges of them, such as 200-299,404
}
