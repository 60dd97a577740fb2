package cli

import (
	"encoding/json"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz/command"
	"github.com/go-asyncz/asyncz/httpcall"
)

// A what holds the flags that say what a task does.
type what struct {
	kwargs                       string
	shell, shellName, dir, stdin string
	killAfter                    string
	env, headers                 []string
	method, url, body, expect    string
	httpTimeout                  string
}

func (w *what) flags(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&w.kwargs, "kwargs", "", "the arguments of the function, as a `JSON` object")
	fs.StringVar(&w.shell, "shell", "", "run a `line` with a shell, in place of a command after --")
	fs.StringVar(&w.shellName, "shell-name", defaultShell(), "the `shell` for --shell")
	fs.StringVar(&w.dir, "dir", "", "the working `directory` of the command; else that of the scheduler")
	fs.StringArrayVar(&w.env, "env", nil, "a variable for the command, as `NAME=value`; may be repeated")
	fs.StringVar(&w.stdin, "stdin", "", "a `text` that the command reads")
	fs.StringVar(&w.killAfter, "kill-after", "", "the `duration` that the command has to end when it is stopped (default 5s)")
	fs.StringVar(&w.method, "http", "", "make an HTTP request with this `method`")
	fs.StringVar(&w.url, "url", "", "the `URL` of the request")
	fs.StringArrayVar(&w.headers, "header", nil, "a header of the request, as `'Name: value'`; may be repeated")
	fs.StringVar(&w.body, "body", "", "the `text` of the request's body")
	fs.StringVar(&w.expect, "expect-status", "", "the status `codes` of success (default 200-299)")
	fs.StringVar(&w.httpTimeout, "http-timeout", "", "the `duration` that the request may take (default 30s)")
}

// Flags that go with a command, and with a request.
var (
	commandFlags = []string{"shell-name", "dir", "env", "stdin", "kill-after"}
	requestFlags = []string{"url", "header", "body", "expect-status", "http-timeout"}
)

// defaultShell is the shell that each system of a kind has.
func defaultShell() string {
	if runtime.GOOS == "windows" {
		return "cmd"
	}
	return "sh"
}

const oneWork = "a command after --, --shell LINE, --http METHOD with --url, or the name of a function"

// parse returns the function and its arguments; no function when the flags say
// nothing of it. before and after are the arguments before and after --.
func (w *what) parse(cmd *cobra.Command, before, after []string) (function string, kwargs json.RawMessage, err error) {
	given := cmd.Flags().Changed
	var kinds []string
	add := func(is bool, kind string) {
		if is {
			kinds = append(kinds, kind)
		}
	}
	add(len(after) > 0, "a command")
	add(given("shell"), "--shell")
	add(given("http") || given("url"), "--http")
	add(len(before) > 0, "a function")
	if len(kinds) > 1 || len(before) > 1 {
		return "", nil, usagef("a task does one thing, and %s are given; give %s", strings.Join(kinds, " and "), oneWork)
	}
	kind := strings.Join(kinds, "")
	if err := w.alone(cmd, kind); err != nil {
		return "", nil, err
	}
	var args any
	switch kind {
	case "a command", "--shell":
		function = commandFunction
		args, err = w.command(after)
	case "--http":
		function = httpFunction
		args, err = w.request()
	case "a function":
		function = before[0]
		kwargs, err = w.arguments()
	}
	if err == nil && args != nil {
		kwargs, err = json.Marshal(args)
	}
	if err == nil {
		err = checkCall(function, kwargs)
	}
	return function, kwargs, err
}

// alone refuses flags that have no meaning for the kind of work.
func (w *what) alone(cmd *cobra.Command, kind string) error {
	for _, f := range commandFlags {
		if cmd.Flags().Changed(f) && kind != "--shell" && (kind != "a command" || f == "shell-name") {
			return usagef("--%s goes with %s", f, map[bool]string{true: "--shell", false: "a command after -- or --shell"}[f == "shell-name"])
		}
	}
	for _, f := range requestFlags {
		if cmd.Flags().Changed(f) && kind != "--http" {
			return usagef("--%s goes with --http", f)
		}
	}
	if cmd.Flags().Changed("kwargs") && kind != "a function" && kind != "" {
		return usagef("--kwargs goes with the name of a function, not with %s", kind)
	}
	return nil
}

func (w *what) command(argv []string) (command.Args, error) {
	args := command.Args{Argv: argv, Stdin: w.stdin, Dir: w.dir}
	if len(argv) == 0 {
		args.Argv, args.Shell = []string{w.shell}, w.shellName
	}
	var err error
	if args.Dir != "" {
		if args.Dir, err = filepath.Abs(args.Dir); err != nil {
			return args, err
		}
	}
	if w.killAfter != "" {
		d, err := parseDuration("--kill-after", w.killAfter)
		if err != nil {
			return args, err
		}
		args.KillAfter = d.Seconds()
	}
	args.Env, err = pairs("--env", "=", w.env)
	return args, err
}

func (w *what) request() (httpcall.Args, error) {
	args := httpcall.Args{Method: strings.ToUpper(w.method), URL: w.url, Body: w.body, ExpectStatus: w.expect}
	if w.httpTimeout != "" {
		d, err := parseDuration("--http-timeout", w.httpTimeout)
		if err != nil {
			return args, err
		}
		args.Timeout = d.Seconds()
	}
	var err error
	args.Headers, err = pairs("--header", ":", w.headers)
	return args, err
}

// arguments checks --kwargs.
func (w *what) arguments() (json.RawMessage, error) {
	if w.kwargs == "" {
		return nil, nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(w.kwargs), &object); err != nil {
		return nil, usagef("--kwargs: it is not a JSON object: %w; write '{\"name\": value}'", err)
	}
	return json.RawMessage(w.kwargs), nil
}

// pairs splits NAME=value and Name: value. Errors show no value: it may be secret.
func pairs(flag, separator string, list []string) (map[string]string, error) {
	if len(list) == 0 {
		return nil, nil
	}
	m := map[string]string{}
	for _, text := range list {
		name, value, ok := strings.Cut(text, separator)
		if !ok {
			return nil, usagef("%s: the %s is missing; write %s", flag, separator, map[string]string{"=": "NAME=value", ":": "'Name: value'"}[separator])
		}
		if separator == ":" {
			name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		}
		m[name] = value
	}
	return m, nil
}
