// Package examples holds programs that show asyncz, and the configuration that
// the README starts with. They are compiled and run by the tests.
package examples
