package customstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/examples/customstore"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Harness{
		OneHandle: true, // the store keeps the file's content in memory
		Bulk:      50,   // and writes all of it each time
		Writers:   8,
		New: func(tb testing.TB) storetest.Place {
			path := filepath.Join(tb.TempDir(), "tasks.json")
			return storetest.Place{Open: func() (store.Store, error) { return customstore.Open(path) }}
		},
	})
}

func TestOpenByURL(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasks.json")
	config, err := store.ConfigFromURL("jsonfile:" + path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Add(t.Context(), store.Record{ID: "a"}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestUnreadableFileIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasks.json")
	if err := os.WriteFile(path, []byte("{not JSON"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := customstore.Open(path); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("got error %v, want an ErrCorrupt", err)
	}
	if content, _ := os.ReadFile(path); string(content) != "{not JSON" {
		t.Errorf("the file was changed to %q", content)
	}
}

// TestDocumentedCodeIsThisCode keeps the page about stores from showing code that
// is not here.
func TestDocumentedCodeIsThisCode(t *testing.T) {
	here := read(t, "customstore.go") + read(t, "customstore_test.go")
	blocks := strings.Split(read(t, "../../docs/stores.md"), "```go\n")[1:]
	if len(blocks) == 0 {
		t.Fatal("the page shows no code")
	}
	for _, block := range blocks {
		code, _, _ := strings.Cut(block, "```")
		if !strings.Contains(here, code) {
			t.Errorf("the page shows code that is not in this package:\n%s", code)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(content), "\r\n", "\n")
}
