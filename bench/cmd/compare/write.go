package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/go-asyncz/asyncz/bench/report"
)

// write puts the results into a folder: all of them as JSON, text and Markdown, a chart of the
// cases of which something is asked, and one a scenario.
func write(r *report.Results, dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // results are for all to read
		return err
	}
	charts := map[string][]*report.Case{"chart.svg": r.Headline()}
	for _, c := range r.Cases {
		name := c.Scenario + ".svg"
		charts[name] = append(charts[name], c)
	}
	files := map[string]func(io.Writer) error{"results.json": r.JSON, "results.txt": r.Text, "results.md": r.Markdown}
	for name, cases := range charts {
		files[name] = func(w io.Writer) error { return r.Chart(w, cases) }
	}
	for name, content := range files {
		if err := file(filepath.Join(dir, name), content); err != nil && !errors.Is(err, report.ErrNothing) {
			return err
		}
	}
	return nil
}

// file writes one, and leaves an old one alone when there is nothing to write.
func file(path string, content func(io.Writer) error) error {
	var text bytes.Buffer
	if err := content(&text); err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o644) //nolint:gosec // results are for all to read
}
