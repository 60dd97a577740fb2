package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/store"
)

var errFake = errors.New("the fake store never opens")

// fake is a driver that tells in its error which configuration it was given.
var fake = store.Driver{
	Open: func(_ context.Context, config map[string]any) (store.Store, error) {
		return nil, fmt.Errorf("%w: %v", errFake, config)
	},
	FromURL: func(url string) (map[string]any, error) {
		if strings.HasSuffix(url, "#bad") {
			return nil, errFake
		}
		return map[string]any{"url": url}, nil
	},
}

func init() {
	store.Register(fake, "fake", "fake2")
	store.Register(store.Driver{Open: fake.Open, FromURL: func(string) (map[string]any, error) { return nil, nil }}, "bare")
}

func TestAliasesAreInOrder(t *testing.T) {
	t.Parallel()
	if got := store.Aliases(); !slices.IsSorted(got) || !slices.Contains(got, "fake") || !slices.Contains(got, "fake2") {
		t.Errorf("got %q", got)
	}
}

func TestOpenHandsOnTheOtherKeys(t *testing.T) {
	t.Parallel()
	config := map[string]any{"type": "fake2", "host": "h"}
	_, err := store.Open(t.Context(), config)
	if !errors.Is(err, errFake) || !strings.HasSuffix(err.Error(), ": map[host:h]") {
		t.Errorf("the driver's error is %v", err)
	}
	if want := map[string]any{"type": "fake2", "host": "h"}; !maps.Equal(config, want) {
		t.Errorf("Open has changed the configuration to %v", config)
	}
}

func TestOpenRefusesWithAHint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		config map[string]any
		says   []string
	}{
		{"no configuration", nil, []string{`"type" is missing`, "fake, fake2"}},
		{"no type", map[string]any{"host": "h"}, []string{`"type" is missing`}},
		{"type that is no text", map[string]any{"type": 5}, []string{`"type"`, "text", "int"}},
		{"empty type", map[string]any{"type": ""}, []string{`unknown type ""`}},
		{"unknown type", map[string]any{"type": "fakes"}, []string{`unknown type "fakes"`, "fake, fake2"}},
		{"driver that was not imported", map[string]any{"type": "sqlite"}, []string{`import _ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := store.Open(t.Context(), c.config)
			if !errors.Is(err, store.ErrConfig) {
				t.Fatalf("got error %v, want an ErrConfig", err)
			}
			for _, word := range c.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("the error does not say %s: %v", word, err)
				}
			}
		})
	}
}

func TestConfigFromURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]map[string]any{
		"fake:x":              {"type": "fake", "url": "fake:x"},
		"fake2://h/x?y=z":     {"type": "fake2", "url": "fake2://h/x?y=z"},
		"fake+driver://h:1/x": {"type": "fake", "url": "fake+driver://h:1/x"},
		"bare:":               {"type": "bare"},
	} {
		got, err := store.ConfigFromURL(url)
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: got %v and error %v, want %v", url, got, err, want)
		}
	}
}

func TestConfigFromURLRefuses(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]error{
		"":                        store.ErrConfig,
		"hunter2":                 store.ErrConfig,
		"unknown://u:hunter2@h/x": store.ErrConfig,
		"fake://u:hunter2@h#bad":  errFake,
	} {
		_, err := store.ConfigFromURL(url)
		if !errors.Is(err, want) {
			t.Errorf("%q: got error %v, want %v", url, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error shows the password: %v", url, err)
		}
	}
}

func TestRegisterPanics(t *testing.T) {
	t.Parallel()
	for name, register := range map[string]func(){
		"taken alias":     func() { store.Register(fake, "fake") },
		"one alias twice": func() { store.Register(fake, "fresh", "fresh") },
		"empty alias":     func() { store.Register(fake, "") },
		"no Open":         func() { store.Register(store.Driver{FromURL: fake.FromURL}, "incomplete") },
		"no FromURL":      func() { store.Register(store.Driver{Open: fake.Open}, "incomplete") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("Register did not panic")
				}
			}()
			register()
		})
	}
}
