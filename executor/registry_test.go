package executor_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/executor"
)

func TestNewMakesEachKindUnderEachAlias(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config map[string]any
		kind   string
		places int
	}{
		{map[string]any{"type": "asyncio"}, "*executor.Goroutines", 1000},
		{map[string]any{"type": "goroutine", "limit": 7}, "*executor.Goroutines", 7},
		{map[string]any{"type": "threadpool", "max_workers": 10, "queue": 100}, "*executor.Pool", 110},
		{map[string]any{"type": "pool"}, "*executor.Pool", 10},
		{map[string]any{"type": "pool", "max_workers": "3", "queue": float64(2)}, "*executor.Pool", 5},
		{map[string]any{"type": "debug"}, "*executor.Inline", 1},
	} {
		e, err := executor.New(c.config)
		if err != nil {
			t.Errorf("New(%v): %v", c.config, err)
			continue
		}
		if kind := fmt.Sprintf("%T", e); kind != c.kind {
			t.Errorf("New(%v) is a %s, want %s", c.config, kind, c.kind)
		}
		if n := e.Reserve(1 << 20); n != c.places {
			t.Errorf("New(%v) has %d places, want %d", c.config, n, c.places)
		}
	}
}

func TestNewNamesWhatIsWrongAndWhatIsAllowed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config map[string]any
		says   []string
	}{
		{nil, []string{`"type"`, "missing", "asyncio", "debug", "threadpool"}},
		{map[string]any{"type": 3}, []string{`"type"`, "3", "asyncio"}},
		{map[string]any{"type": "processpool"}, []string{`"processpool"`, "asyncio", "debug", "goroutine", "pool", "threadpool"}},
		{map[string]any{"type": "pool", "max_worker": 3}, []string{`"pool"`, `"max_worker"`, "max_workers", "queue"}},
		{map[string]any{"type": "debug", "limit": 3}, []string{`"debug"`, `"limit"`, "only"}},
		{map[string]any{"type": "asyncio", "limit": 0}, []string{"limit", "0", "1 or more"}},
		{map[string]any{"type": "pool", "max_workers": -1}, []string{"max_workers", "-1", "1 or more"}},
		{map[string]any{"type": "pool", "queue": -1}, []string{"queue", "-1", "0 or more"}},
		{map[string]any{"type": "pool", "queue": "many"}, []string{"queue", `"many"`, "whole number"}},
		{map[string]any{"type": "pool", "queue": 1.5}, []string{"queue", "1.5", "whole"}},
		{map[string]any{"type": "pool", "queue": true}, []string{"queue", "true", "whole number"}},
	} {
		e, err := executor.New(c.config)
		if err == nil || e != nil || !errors.Is(err, executor.ErrConfig) {
			t.Errorf("New(%v) = %v, %v; want ErrConfig", c.config, e, err)
			continue
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("New(%v): %q has several lines", c.config, err)
		}
		for _, word := range c.says {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("New(%v): %q does not say %s", c.config, err, word)
			}
		}
	}
}

func TestNewLeavesTheConfigurationAsItIs(t *testing.T) {
	t.Parallel()
	config := map[string]any{"type": "pool", "queue": 3}
	if _, err := executor.New(config); err != nil || config["type"] != "pool" || len(config) != 2 {
		t.Errorf("New changed its argument to %v (error %v)", config, err)
	}
}

func TestRegisterRefusesAnAliasThatIsTaken(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("the alias pool was registered a second time")
		}
	}()
	executor.Register(nil, "pool")
}

func TestAliasesAreInOrder(t *testing.T) {
	t.Parallel()
	if a := executor.Aliases(); !slices.IsSorted(a) || !slices.Contains(a, "threadpool") {
		t.Errorf("Aliases() = %v", a)
	}
}
