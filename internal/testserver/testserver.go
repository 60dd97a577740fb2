// Package testserver tells tests where the servers are that they run against.
// scripts/services starts them and prints the variables that name them.
package testserver

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// URL returns the URL of a server: of "postgres", "mysql", "redis",
// "redis_cluster" or "mongodb", from the variable ASYNCZ_TEST_…_URL. A test
// whose server ASYNCZ_TEST_SKIP names is skipped; one without its variable fails.
func URL(tb testing.TB, server string) string {
	tb.Helper()
	if skipped(server) {
		tb.Skipf("SKIPPED: no %s, as ASYNCZ_TEST_SKIP says", server)
	}
	variable := "ASYNCZ_TEST_" + strings.ToUpper(server) + "_URL"
	url := os.Getenv(variable)
	if url == "" {
		tb.Fatalf(`%s is not set; start servers with scripts/services up and set it with eval "$(scripts/services env)", or name %s in ASYNCZ_TEST_SKIP`, variable, server)
	}
	return url
}

// skipped tells whether ASYNCZ_TEST_SKIP names a thing.
func skipped(name string) bool {
	return slices.Contains(strings.FieldsFunc(os.Getenv("ASYNCZ_TEST_SKIP"), func(r rune) bool { return r == ',' || r == ' ' }), name)
}
