package cli

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/command"
	"github.com/go-asyncz/asyncz/httpcall"
)

// workOf says in one line what a task does.
func workOf(t asyncz.Task) string {
	switch t.Function {
	case commandFunction:
		var c command.Args
		if json.Unmarshal(t.Kwargs, &c) == nil && len(c.Argv) > 0 {
			if c.Shell != "" {
				return c.Shell + ": " + oneLine(c.Argv[0])
			}
			return commandLine(c.Argv)
		}
	case httpFunction:
		var h httpcall.Args
		if json.Unmarshal(t.Kwargs, &h) == nil && h.URL != "" {
			return strings.TrimSpace(h.Method + " " + publicURL(h.URL))
		}
	case "":
		return ""
	}
	if args := string(t.Kwargs); args != "" && args != "{}" {
		return t.Function + " " + oneLine(args)
	}
	return t.Function
}

// publicURL is a URL without its password and its query.
func publicURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "…"
	}
	if u.RawQuery != "" {
		u.RawQuery = "…"
	}
	return u.Redacted()
}

// commandLine quotes arguments so that a shell would read them as they are.
func commandLine(argv []string) string {
	quoted := make([]string, len(argv))
	for i, arg := range argv {
		plain := !strings.ContainsFunc(arg, func(r rune) bool {
			return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,", r)
		})
		if quoted[i] = arg; !plain || arg == "" {
			quoted[i] = "'" + strings.ReplaceAll(oneLine(arg), "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// oneLine makes a text safe to print in a line: no line breaks, and no control
// characters that would speak to the terminal.
func oneLine(text string) string {
	text = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ").Replace(text)
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, text)
}

// lastLine is the last line of an output that holds something.
func lastLine(output string) string {
	output = strings.TrimSpace(output)
	return shorten(oneLine(output[strings.LastIndexAny(output, "\r\n")+1:]), 200)
}

func shorten(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
