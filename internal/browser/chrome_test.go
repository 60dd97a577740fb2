package browser

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/go-asyncz/asyncz/internal/testserver"
)

// chrome is the one browser process, in which each test has profiles of its own.
var chrome struct {
	once   sync.Once
	ctx    context.Context
	cancel context.CancelFunc
	err    error
}

func TestMain(m *testing.M) {
	flag.DurationVar(&bound, "bound", bound, "how long a test waits for what does not come")
	flag.Parse()
	code := m.Run()
	if chrome.ctx != nil {
		if err := chromedp.Cancel(chrome.ctx); err != nil {
			fmt.Fprintln(os.Stderr, "the browser did not end well:", err)
		}
		chrome.cancel()
	}
	os.Exit(code)
}

func browserContext(t testing.TB) context.Context {
	t.Helper()
	path := testserver.Browser(t)
	chrome.once.Do(func() {
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path),
			chromedp.WSURLReadTimeout(bound),
			chromedp.Flag("lang", "en-GB"),
			// Text looks the same on all machines.
			chromedp.Flag("font-render-hinting", "none"),
			chromedp.DisableGPU,
		)
		if os.Geteuid() == 0 {
			options = append(options, chromedp.NoSandbox) // root has no sandbox
		}
		allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
		chrome.ctx, _ = chromedp.NewContext(allocator)
		chrome.cancel = cancel
		chrome.err = chromedp.Do(chrome.ctx)
	})
	if chrome.err != nil {
		t.Fatalf("the browser %s does not start: %v", path, chrome.err)
	}
	return chrome.ctx
}
