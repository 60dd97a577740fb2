package sqlite_test

import (
	"fmt"
	"os"
	"testing"
)

// atEnd is run after all tests and benchmarks.
var atEnd []func()

func TestMain(m *testing.M) {
	if played, err := playRole(); played {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	for _, f := range atEnd {
		f()
	}
	os.Exit(code)
}
