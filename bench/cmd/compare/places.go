package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-asyncz/asyncz/bench/place"
)

// Variables name servers, as scripts/services does.
var variables = []struct{ kind, name string }{
	{place.Postgres, "ASYNCZ_TEST_POSTGRES_URL"},
	{place.MariaDB, "ASYNCZ_TEST_MYSQL_URL"},
	{place.Redis, "ASYNCZ_TEST_REDIS_URL"},
}

// whence tells where each place is.
var whence = map[string]string{
	place.Memory:      "in the process",
	place.SQLite:      "a file in -dir",
	place.Postgres:    "ASYNCZ_TEST_POSTGRES_URL; its schema " + place.Name + " is thrown away",
	place.MariaDB:     "ASYNCZ_TEST_MYSQL_URL; its database " + place.Name + " is thrown away",
	place.Redis:       "ASYNCZ_TEST_REDIS_URL; its keys " + place.Name + "* and asynq:* are thrown away",
	place.RedisAlways: "the same, when it syncs its log after each write (ASYNCZ_SERVICES_APPENDFSYNC=always scripts/services up --durable)",
}

// A site is a place that can be measured, and what it is.
type site struct {
	place.Place
	facts place.Facts
}

// sites finds the places that are asked for. Those that were named must be there.
func sites(ctx context.Context, o options, progress io.Writer) (all []site, cleanup func(), err error) {
	dir, err := os.MkdirTemp(o.dir, "asyncz-bench-")
	if err != nil {
		return nil, nil, err
	}
	cleanup = func() { _ = os.RemoveAll(dir) }
	candidates := []place.Place{
		{Kind: place.Memory},
		{Kind: place.SQLite, URL: "sqlite:///" + filepath.ToSlash(filepath.Join(dir, "tasks.db"))},
	}
	for _, v := range variables {
		if url := os.Getenv(v.name); url != "" {
			candidates = append(candidates, place.Place{Kind: v.kind, URL: url})
		}
	}
	for _, p := range candidates {
		if !wants(o.places, p.Kind) && (p.Kind != place.Redis || !wants(o.places, place.RedisAlways)) {
			continue
		}
		s, err := look(ctx, p)
		if err != nil {
			cleanup()
			return nil, nil, fmt.Errorf("looking at %s: %w", p.Kind, err)
		}
		if wants(o.places, s.Kind) {
			all = append(all, s)
		}
	}
	return all, cleanup, absent(o, all, progress)
}

// look finds out what a place is.
func look(ctx context.Context, p place.Place) (site, error) {
	server, err := place.Open(ctx, p)
	if err != nil {
		return site{}, err
	}
	defer server.Close()
	facts, err := server.Facts(ctx)
	if p.Kind == place.Redis && place.Always(facts) {
		p.Kind = place.RedisAlways
	}
	return site{p, facts}, err
}

// absent complains of places that were asked for by name, and tells of others.
func absent(o options, all []site, progress io.Writer) error {
	var errs []error
	for _, kind := range append([]string{place.Memory}, place.Durable...) {
		switch {
		case slices.ContainsFunc(all, func(s site) bool { return s.Kind == kind }):
		case slices.Contains(o.places, kind):
			errs = append(errs, fmt.Errorf("there is no %s: %s", kind, whence[kind]))
		case len(o.places) == 0:
			fmt.Fprintf(progress, "not measured: %s (%s)\n", kind, whence[kind])
		}
	}
	return errors.Join(errs...)
}
