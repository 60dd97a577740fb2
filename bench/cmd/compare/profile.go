package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/scenario"
)

// profileOf is the file for the profile of one measurement.
func (o options) profileOf(c scenario.Case, t measure.Turn) string {
	if o.profile == "" {
		return ""
	}
	words := strings.FieldsFunc(c.String(), func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789", r) })
	return filepath.Join(o.profile, fmt.Sprintf("%s-%s-%d.pprof", strings.Join(words, "-"), t.System, t.Rep+1))
}

// profile begins a processor profile. What it returns ends it.
func profile(path string) (end func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}
