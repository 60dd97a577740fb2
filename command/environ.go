package command

import (
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
)

// secretPrefix begins the names of the variables that tell how to open the
// stores: keys, and URLs with passwords.
const secretPrefix = "ASYNCZ_STORE"

// environ is the environment of the command. Later entries win.
func (a Args) environ() []string {
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool { return isSecret(entry) })
	for _, more := range []map[string]string{a.Env, a.Extra} {
		for _, name := range slices.Sorted(maps.Keys(more)) {
			env = append(env, name+"="+more[name])
		}
	}
	return env
}

func isSecret(entry string) bool {
	if runtime.GOOS == "windows" { // where names have no case
		entry = strings.ToUpper(entry)
	}
	return strings.HasPrefix(entry, secretPrefix)
}
