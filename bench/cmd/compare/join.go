package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-asyncz/asyncz/bench/report"
	"github.com/go-asyncz/asyncz/bench/target"
)

// join makes one of the results of several runs.
func join(o options, targets []target.Target, out io.Writer) error {
	var all []*report.Results
	for _, dir := range o.join {
		r, err := read(filepath.Join(dir, "results.json"))
		if err != nil {
			return err
		}
		all = append(all, r)
	}
	r := report.Join(all[0], all[1:]...)
	r.Judge(targets)
	return errors.Join(write(r, o.out), r.Text(out))
}

func read(path string) (*report.Results, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := report.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s is not what -out writes: %w", path, err)
	}
	return r, nil
}
