package testserver

import (
	"os"
	"os/exec"
	"testing"
)

// Browser returns the path of a browser that tests may drive: that which
// ASYNCZ_TEST_BROWSER names, or else Chromium or Chrome from the PATH. Without
// one the test fails, and is skipped if ASYNCZ_TEST_SKIP holds "browser".
func Browser(tb testing.TB) string {
	tb.Helper()
	if skipped("browser") {
		tb.Skip("SKIPPED: no browser, as ASYNCZ_TEST_SKIP says")
	}
	if path := os.Getenv("ASYNCZ_TEST_BROWSER"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	tb.Fatal("no browser was found; install Chromium (on Debian as root: apt-get install chromium), set ASYNCZ_TEST_BROWSER to the path of a Chromium or Chrome, or put browser into ASYNCZ_TEST_SKIP")
	return ""
}
