package trigger

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

var builtin = []string{"and", "cron", "date", "interval", "or", "shutdown"}

var custom = struct {
	sync.RWMutex
	parse map[string]func([]byte) (Trigger, error)
}{parse: map[string]func([]byte) (Trigger, error){}}

// Register makes a type of triggers known to [Parse], also inside of and and or.
// parse gets the whole JSON object, "type" included, must refuse keys that it
// does not know, and must be the inverse of the triggers' MarshalJSON; it may be
// called from any number of goroutines. A program calls Register in an init
// function. It panics when the type is empty or known already, or parse is nil.
func Register(typ string, parse func([]byte) (Trigger, error)) {
	custom.Lock()
	defer custom.Unlock()
	switch {
	case typ == "":
		panic("trigger: Register of a type without a name")
	case parse == nil:
		panic(fmt.Sprintf("trigger: Register of %q without a function", typ))
	case slices.Contains(builtin, typ) || custom.parse[typ] != nil:
		panic(fmt.Sprintf("trigger: Register of %q, which is known already", typ))
	}
	custom.parse[typ] = parse
}

func registered(typ string) (func([]byte) (Trigger, error), bool) {
	custom.RLock()
	defer custom.RUnlock()
	parse, ok := custom.parse[typ]
	return parse, ok
}

// Types returns the types that [Parse] knows, in alphabetical order.
func Types() []string {
	custom.RLock()
	defer custom.RUnlock()
	return slices.Sorted(slices.Values(slices.Concat(builtin, slices.Collect(maps.Keys(custom.parse)))))
}
