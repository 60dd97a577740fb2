package command_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/command"
)

func TestValidateAcceptsWhatCanBeRun(t *testing.T) {
	t.Parallel()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []command.Args{
		{Argv: []string{"true"}},
		{Argv: []string{"printf", "", "a b", "$HOME", "\n"}},
		{Argv: []string{"echo $HOME | wc -l"}, Shell: "sh"},
		{Argv: []string{"echo"}, Shell: "/usr/local/bin/bash"},
		{Argv: []string{"dir"}, Shell: `C:\Windows\System32\CMD.EXE`},
		{Argv: []string{"true"}, Dir: dir, Env: map[string]string{"A": "", "B": "x=y"}, Stdin: "\x00", KillAfter: 0.5},
	} {
		if err := a.Validate(); err != nil {
			t.Errorf("Validate of %+v: %v", a, err)
		}
	}
}

func TestValidateNamesTheFieldAndWhatIsAllowed(t *testing.T) {
	t.Parallel()
	ok := []string{"true"}
	for _, c := range []struct {
		args command.Args
		says []string
	}{
		{command.Args{}, []string{"argv", "empty", "program"}},
		{command.Args{Argv: []string{""}}, []string{"argv", "empty"}},
		{command.Args{Argv: []string{"echo", "a", "b\x00c"}}, []string{"argv[2]", "NUL"}},
		{command.Args{Argv: []string{"echo", "a"}, Shell: "sh"}, []string{"argv", "2 elements", "shell", "one"}},
		{command.Args{Argv: ok, Shell: "python"}, []string{"shell", `"python"`, "bash", "sh", "pwsh"}},
		{command.Args{Argv: ok, Shell: "/bin/"}, []string{"shell", `"/bin/"`}},
		{command.Args{Argv: ok, Dir: "backups"}, []string{"dir", `"backups"`, "absolute"}},
		{command.Args{Argv: ok, Dir: "/\x00"}, []string{"dir", "NUL"}},
		{command.Args{Argv: ok, Env: map[string]string{"": "x"}}, []string{"env", `""`}},
		{command.Args{Argv: ok, Env: map[string]string{"A=B": "x"}}, []string{"env", `"A=B"`, "="}},
		{command.Args{Argv: ok, Env: map[string]string{"A": "hush\x00"}}, []string{`env["A"]`, "NUL"}},
		{command.Args{Argv: ok, Extra: map[string]string{"A\x00": ""}}, []string{"extra", "NUL"}},
		{command.Args{Argv: ok, KillAfter: -1}, []string{"kill_after", "-1", "0 and 3600"}},
		{command.Args{Argv: ok, KillAfter: 3601}, []string{"kill_after", "3601"}},
		{command.Args{Argv: ok, KillAfter: math.NaN()}, []string{"kill_after", "NaN"}},
		{command.Args{Dir: "x", KillAfter: -1}, []string{"argv", "dir", "kill_after"}},
	} {
		err := c.args.Validate()
		if !errors.Is(err, command.ErrInvalid) {
			t.Errorf("Validate of %+v = %v, want ErrInvalid", c.args, err)
			continue
		}
		if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "\n") {
			t.Errorf("Validate: %q shows a value or has several lines", err)
		}
		for _, word := range c.says {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("Validate of %+v: %q does not say %s", c.args, err, word)
			}
		}
	}
}

func TestArgsKeepTheirJSONForm(t *testing.T) {
	t.Parallel()
	const text = `{"argv":["pg_dump","app"],"shell":"sh","dir":"/tmp","env":{"A":"1"},"stdin":"x","kill_after":2.5}`
	a := command.Args{
		Argv: []string{"pg_dump", "app"}, Shell: "sh", Dir: "/tmp", Env: map[string]string{"A": "1"},
		Stdin: "x", KillAfter: 2.5,
	}
	var got command.Args
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil || !reflect.DeepEqual(got, a) {
		t.Errorf("%s reads as %+v (error %v)", text, got, err)
	}
	a.Extra = map[string]string{"ASYNCZ_TASK": "t"}
	if b, err := json.Marshal(a); err != nil || string(b) != text {
		t.Errorf("written as %s (error %v), want %s", b, err, text)
	}
}
