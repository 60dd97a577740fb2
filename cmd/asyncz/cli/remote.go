package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/api/client"
)

// The environment of commands that act on a server.
const (
	envServer = "ASYNCZ_SERVER"
	envToken  = "ASYNCZ_TOKEN" //nolint:gosec // this is the name of the variable
)

// A remote holds the flags that say on which server the commands act.
type remote struct {
	server, token, tokenFile, ca string
}

var _ control = (*client.Client)(nil)

// address returns the server that is meant; "" when it is the stores. Flags win
// over the environment.
func (a *app) address() (string, error) {
	if a.local {
		return "", nil
	}
	local := ""
	switch {
	case len(a.storeFlags) > 0:
		local = "--store"
	case a.configFile != "":
		local = "--config"
	}
	fromEnv := os.Getenv(envServer)
	switch {
	case a.remote.server != "" && local != "":
		return "", usagef("--server and %s are given: a command acts on a server or on stores; leave one out", local)
	case a.remote.server != "":
		return a.remote.server, nil
	case local != "" || fromEnv == "":
		return "", a.remote.alone()
	case os.Getenv(envStore) != "":
		return "", usagef("%s and %s are both set: a command acts on a server or on stores; unset one, or say --server or --store", envServer, envStore)
	}
	return fromEnv, nil
}

// alone refuses flags that need a server when there is none.
func (r remote) alone() error {
	for _, f := range []struct{ flag, value string }{{"--token", r.token}, {"--token-file", r.tokenFile}, {"--ca", r.ca}} {
		if f.value != "" {
			return usagef("%s goes with --server", f.flag)
		}
	}
	return nil
}

// needsStores refuses a server for a command that can't do without the stores.
// That the environment names one does not matter to it.
func (a *app) needsStores(command string) error {
	if a.remote.server != "" {
		return usagef("%s needs the stores themselves: leave --server out, and name them with --store", command)
	}
	a.local = true
	return a.remote.alone()
}

// secret returns the token for a server.
func (r remote) secret() (string, error) {
	switch {
	case r.token != "" && r.tokenFile != "":
		return "", usagef("--token and --token-file are given; give one")
	case r.tokenFile == "":
		return cmp.Or(r.token, os.Getenv(envToken)), nil
	}
	text, err := os.ReadFile(r.tokenFile)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// client returns one of a server.
func (r remote) client(server string) (*client.Client, error) {
	secret, err := r.secret()
	if err != nil {
		return nil, err
	}
	opts := []client.Option{client.WithUserAgent("asyncz/" + version())}
	if secret != "" {
		opts = append(opts, client.WithToken(secret))
	}
	if r.ca != "" {
		opts = append(opts, client.WithCAFile(r.ca))
	}
	c, err := client.New(server, opts...)
	if err != nil {
		return nil, usageError{err}
	}
	return c, nil
}

// connectTo is a session on a server.
func (a *app) connectTo(ctx context.Context, stderr io.Writer, server string) (*session, error) {
	s, err := a.newSession()
	if err != nil {
		return nil, err
	}
	c, err := a.remote.client(server)
	if err != nil {
		return nil, err
	}
	info, err := awaitServer(ctx, stderr, c, s.wait)
	if err != nil {
		return nil, err
	}
	for _, alias := range info.Stores {
		s.places = append(s.places, place{alias: alias, text: "on " + server})
	}
	s.control, s.there = c, c
	return s, nil
}

// awaitServer asks a server what it is, for so long until it can be reached.
func awaitServer(ctx context.Context, stderr io.Writer, c *client.Client, patience time.Duration) (client.SchedulerInfo, error) {
	told := false
	for began := time.Now(); ; {
		info, err := c.Scheduler(ctx)
		var refused *client.Problem
		var unreachable *net.OpError
		switch {
		case errors.As(err, &refused) && refused.Status == http.StatusUnauthorized:
			return info, fmt.Errorf("%w; give a token with --token-file or %s: asyncz api-token create makes one on the server", err, envToken)
		case err == nil, !errors.As(err, &unreachable), time.Since(began) >= patience:
			return info, err
		case !told:
			told = true
			fmt.Fprintf(stderr, "waiting for the server, for %s at most: %v\n", span(patience), err)
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return info, ctx.Err()
		}
	}
}
