package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// An output says in which form a command prints, and does so for values.
type output struct {
	form    string // one of outputForms
	printed int    // how many values
}

// outputForms are what --output knows.
var outputForms = []string{"table", "json", "yaml"}

// outputFlags adds --output and --json, its short form.
func outputFlags(cmd *cobra.Command, o *output) {
	o.form = outputForms[0]
	cmd.Flags().VarP(o, "output", "o", "print in this `form`: "+list(outputForms))
	cmd.Flags().BoolFunc("json", "print JSON: the same as --output json", func(text string) error {
		if text != "true" {
			return usagef("it is given or left out")
		}
		return o.Set("json")
	})
	complete(cmd, "output", outputForms...)
}

var _ pflag.Value = (*output)(nil)

// Set implements pflag.Value.
func (o *output) Set(form string) error {
	if !slices.Contains(outputForms, form) {
		return usagef("known forms are %s", list(outputForms))
	}
	o.form = form
	return nil
}

// String implements pflag.Value.
func (o *output) String() string { return o.form }

// Type implements pflag.Value.
func (o *output) Type() string { return "form" }

// isData reports whether values are to be printed for programs.
func (o *output) isData() bool { return o.form != "table" }

// print prints a value as JSON or YAML. Several values are several documents.
func (o *output) print(cmd *cobra.Command, value any) error {
	w := cmd.OutOrStdout()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if o.form == "json" {
		enc.SetIndent("", "  ")
	}
	if err := enc.Encode(value); err != nil {
		return err
	}
	o.printed++
	if o.form == "json" {
		_, err := b.WriteTo(w)
		return err
	}
	if o.printed > 1 {
		if _, err := io.WriteString(w, "---\n"); err != nil {
			return err
		}
	}
	return writeYAML(w, b.Bytes())
}

// printLine prints a value of a stream: as JSON in one line, as YAML in a document.
func (o *output) printLine(cmd *cobra.Command, value any) error {
	if o.form != "json" {
		return o.print(cmd, value)
	}
	enc := json.NewEncoder(cmd.OutOrStdout())
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}
