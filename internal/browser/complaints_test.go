package browser

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// complaints are what is wrong with a page though it may look right.
type complaints struct {
	mu      sync.Mutex
	list    []string
	allowed []string
	more    chan struct{} // one is added
}

func newComplaints() *complaints { return &complaints{more: make(chan struct{}, 1)} }

// heardMore waits until there is another complaint.
func (c *complaints) heardMore(t testing.TB) {
	t.Helper()
	select {
	case <-c.more:
	case <-time.After(bound):
		t.Fatalf("nothing more was heard than %q", c.all())
	}
}

// allow says that a complaint that holds text is meant.
func (c *complaints) allow(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.allowed = append(c.allowed, text)
}

func (c *complaints) all() (left []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.list {
		if !slices.ContainsFunc(c.allowed, func(a string) bool { return strings.Contains(one, a) }) {
			left = append(left, one)
		}
	}
	return left
}

func (c *complaints) add(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, fmt.Sprintf(format, args...))
	select {
	case c.more <- struct{}{}:
	default:
	}
}

func (c *complaints) watch(ctx context.Context) error {
	_, err1 := chromedp.Call(ctx, log.Enable, cdp.Empty{})
	_, err2 := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	_, err3 := chromedp.Call(ctx, runtime.Enable, cdp.Empty{})
	return errors.Join(err1, err2, err3)
}

func (c *complaints) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		c.add("exception: %s", e.ExceptionDetails.Text+" "+describe(e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var text []string
			for _, a := range e.Args {
				text = append(text, describe(a))
			}
			c.add("console: %s", strings.Join(text, " "))
		}
	case *log.EventEntryAdded: // the content security policy among them
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			c.add("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *network.EventLoadingFailed:
		if !e.Canceled && e.ErrorText != "net::ERR_ABORTED" { // left with its page
			c.add("request failed: %s %s", e.ErrorText, e.BlockedReason)
		}
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 {
			c.add("status %d of %s", e.Response.Status, e.Response.URL)
		}
	}
}

func describe(o *runtime.RemoteObject) string {
	switch {
	case o == nil:
		return ""
	case o.Description != "":
		return o.Description
	}
	return string(o.Value)
}
