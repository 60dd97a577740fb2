package command

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxKillAfter is the longest grace, in seconds.
const maxKillAfter = 3600

// ErrInvalid: the arguments can't be those of a command.
var ErrInvalid = errors.New("invalid command")

// Args say which program to run, and how.
type Args struct {
	// Argv is the program and its arguments. A program without a slash is looked
	// for in the PATH of this process. With a Shell, Argv is one line for it.
	Argv []string `json:"argv"`
	// Shell is the name or the path of a shell: sh, bash, dash, ash, ksh, zsh, fish,
	// cmd, powershell or pwsh. Without it no shell is involved, and no argument is
	// expanded or split.
	Shell string `json:"shell,omitempty"`
	// Dir is the working directory, as an absolute path; empty: that of this
	// process.
	Dir string `json:"dir,omitempty"`
	// Env is added to the environment.
	Env map[string]string `json:"env,omitempty"`
	// Stdin is what the command reads from standard input.
	Stdin string `json:"stdin,omitempty"`
	// KillAfter is how long the command may take to end when it was asked to, in
	// seconds; 0: [DefaultKillAfter].
	KillAfter float64 `json:"kill_after,omitempty"`

	// Extra is added to the environment last. It is no part of the arguments as
	// they are kept: the scheduler tells the command here which run it is
	// (ASYNCZ_TASK, ASYNCZ_RUN_SCHEDULED, ASYNCZ_RUN_ID, ASYNCZ_RUN_ATTEMPT).
	Extra map[string]string `json:"-"`
	// Tee gets the output too, while the command runs. It is no part of the arguments as
	// they are kept, and must not fail. A process that was left behind may still write
	// when Run has returned.
	Tee io.Writer `json:"-"`
}

// shells maps the shells to the arguments that make them run a line.
var shells = map[string][]string{
	"sh": {"-c"}, "bash": {"-c"}, "dash": {"-c"}, "ash": {"-c"}, "ksh": {"-c"}, "zsh": {"-c"}, "fish": {"-c"},
	"cmd": {"/d", "/s", "/c"}, "powershell": {"-NoProfile", "-Command"}, "pwsh": {"-NoProfile", "-Command"},
}

// Validate returns nil when a command can be started with these arguments, as
// far as that can be seen without looking at the machine. Its errors wrap
// [ErrInvalid] and name the field, the value and what is allowed.
func (a Args) Validate() error {
	if err := errors.Join(a.checkArgv(), a.checkShell(), a.checkRest()); err != nil {
		return fmt.Errorf("%w: %s", ErrInvalid, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return nil
}

func (a Args) checkArgv() error {
	if len(a.Argv) == 0 || a.Argv[0] == "" {
		return errors.New("argv is empty; its first element must be the program")
	}
	for i, arg := range a.Argv {
		if strings.Contains(arg, "\x00") {
			return fmt.Errorf("argv[%d] holds a NUL", i)
		}
	}
	return nil
}

func (a Args) checkShell() error {
	if a.Shell == "" {
		return nil
	}
	if _, ok := shells[a.shellName()]; !ok || strings.Contains(a.Shell, "\x00") {
		known := make([]string, 0, len(shells))
		for name := range shells {
			known = append(known, name)
		}
		slices.Sort(known)
		return fmt.Errorf("shell is %q; known shells are %s, also with their path", a.Shell, strings.Join(known, ", "))
	}
	if len(a.Argv) > 1 {
		return fmt.Errorf("argv has %d elements; with a shell it must be one, the line for the shell", len(a.Argv))
	}
	return nil
}

func (a Args) checkRest() error {
	var errs []error
	if a.Dir != "" && !filepath.IsAbs(a.Dir) {
		errs = append(errs, fmt.Errorf("dir is %q; it must be an absolute path", a.Dir))
	}
	if strings.Contains(a.Dir, "\x00") {
		errs = append(errs, fmt.Errorf("dir is %q; it must not hold a NUL", a.Dir))
	}
	if math.IsNaN(a.KillAfter) || a.KillAfter < 0 || a.KillAfter > maxKillAfter {
		errs = append(errs, fmt.Errorf("kill_after is %v; it must be between 0 and %d seconds", a.KillAfter, maxKillAfter))
	}
	return errors.Join(append(errs, checkEnv("env", a.Env), checkEnv("extra", a.Extra))...)
}

// checkEnv shows names and no values: those may be secret.
func checkEnv(field string, env map[string]string) error {
	for name, value := range env {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			return fmt.Errorf("%s has the name %q; a name must not be empty nor hold = or NUL", field, name)
		}
		if strings.Contains(value, "\x00") {
			return fmt.Errorf("%s[%q] holds a NUL", field, name)
		}
	}
	return nil
}

// argv is what is started.
func (a Args) argv() []string {
	if a.Shell == "" {
		return a.Argv
	}
	return slices.Concat([]string{a.Shell}, shells[a.shellName()], a.Argv)
}

// shellName is the key of shells: the path's last element without .exe. Both
// kinds of slash count, since a task may be added on another system.
func (a Args) shellName() string {
	name := a.Shell[strings.LastIndexAny(a.Shell, `/\`)+1:]
	return strings.TrimSuffix(strings.ToLower(name), ".exe")
}

// name is what errors call the command. It shows no arguments: those may hold
// passwords.
func (a Args) name() string {
	if a.Shell != "" {
		return "the line for " + a.shellName()
	}
	return fmt.Sprintf("the command %q", a.Argv[0])
}

func (a Args) killAfter() time.Duration {
	if a.KillAfter == 0 {
		return DefaultKillAfter
	}
	return time.Duration(a.KillAfter * float64(time.Second))
}
