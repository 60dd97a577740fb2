// Package browser holds the tests of the dashboard in a real browser: Chromium
// without a window, driven over its DevTools protocol, against a scheduler with
// tasks that run, on SQLite. It is a module of its own, so that the driver stays
// out of the others.
//
// Tests wait for what a page comes to show, never for a time; what bounds the
// waits only ends a test that hangs. Whatever a page complains of fails its test:
// errors on the console, violations of the content security policy, requests
// that fail.
package browser
