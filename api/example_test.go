package api_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api"
	"github.com/go-asyncz/asyncz/api/client"
)

// A program serves its scheduler to those who have a token.
func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	scheduler, err := asyncz.New(ctx, asyncz.WithEncryptionKey(""))
	if err != nil {
		log.Fatal(err)
	}
	secret, token, err := api.NewToken("operations", api.Full)
	if err != nil {
		log.Fatal(err)
	}
	tokens, err := api.NewTokens(token) // or api.LoadTokens("/etc/asyncz/tokens")
	if err != nil {
		log.Fatal(err)
	}
	server, err := api.New(scheduler, api.WithTokens(tokens))
	if err != nil {
		log.Fatal(err)
	}
	endpoint := api.Endpoint{Address: "127.0.0.1:0", Authenticated: server.Authenticated()} // without an address: 127.0.0.1:8642
	listener, err := endpoint.Listen(ctx)
	if err != nil {
		log.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- endpoint.Serve(ctx, listener, server, server.Close) }()

	c, err := client.New("http://"+listener.Addr().String(), client.WithToken(secret))
	if err != nil {
		log.Fatal(err)
	}
	info, err := c.Scheduler(ctx)
	fmt.Println(info.Caller, info.Role, info.State, err)
	cancel()
	fmt.Println(<-done)
	// Output:
	// operations full not_started <nil>
	// <nil>
}

// The API can be mounted in any server, under any prefix.
func ExampleNew() {
	scheduler, err := asyncz.New(context.Background(), asyncz.WithEncryptionKey(""))
	if err != nil {
		log.Fatal(err)
	}
	// The application has found out before who makes a request.
	who := func(r *http.Request) (api.Caller, error) {
		if user := r.Header.Get("X-User"); user != "" {
			return api.Caller{Name: user, Role: api.ReadOnly}, nil
		}
		return api.Caller{}, api.ErrNoToken
	}
	server, err := api.New(scheduler, api.WithAuthenticator(who))
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/asyncz/", http.StripPrefix("/asyncz", server))

	r := httptest.NewRequest(http.MethodGet, "/asyncz/api/v1/stores", nil)
	r.Header.Set("X-User", "maria")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	fmt.Print(w.Code, " ", w.Body)
	// Output: 200 {"stores":["default"]}
}

// Two people edit a task. The second one is told, and looks at it again.
func Example_conflict() {
	ctx := context.Background()
	scheduler, err := asyncz.New(ctx, asyncz.WithEncryptionKey(""))
	if err != nil {
		log.Fatal(err)
	}
	server, err := api.New(scheduler)
	if err != nil {
		log.Fatal(err)
	}
	web := httptest.NewServer(server)
	defer web.Close()
	c, err := client.New(web.URL)
	if err != nil {
		log.Fatal(err)
	}
	task, err := c.AddJSON(ctx, []byte(`{"id":"nightly","function":"noop","trigger":{"type":"cron","hour":2}}`))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.UpdateTaskJSON(ctx, "nightly", []byte(`{"name":"Report"}`), asyncz.IfVersion(task.Version())); err != nil {
		log.Fatal(err)
	}
	_, err = c.UpdateTaskJSON(ctx, "nightly", []byte(`{"name":"Backup"}`), asyncz.IfVersion(task.Version()))
	fmt.Println(errors.Is(err, asyncz.ErrConflict))
	now, err := c.Task(ctx, "nightly")
	fmt.Println(now.Name, err)
	// Output:
	// true
	// Report <nil>
}

func ExampleCheckExposure() {
	for _, addr := range []string{"", ":8642", "0.0.0.0:8642"} {
		fmt.Println(api.CheckExposure(addr, false, false))
	}
	// Output:
	// <nil>
	// <nil>
	// address 0.0.0.0:8642: without authentication only this host may be listened on; give tokens or users, or say that it is meant (--insecure)
}
