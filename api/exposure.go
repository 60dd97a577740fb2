package api

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// DefaultAddress is where a server listens that is told nothing else.
const DefaultAddress = "127.0.0.1:8642"

// ErrExposed: all who reach the address could do everything.
var ErrExposed = errors.New("without authentication only this host may be listened on")

// Address completes an address to listen on. Without a host it is 127.0.0.1, so
// that ":8642" is not open to others; for that say "0.0.0.0:8642" or "[::]:8642".
// Without a port it is 8642; empty it is [DefaultAddress].
func Address(addr string) (string, error) {
	defaultHost, defaultPort, _ := net.SplitHostPort(DefaultAddress)
	if addr == "" {
		return DefaultAddress, nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil { // no port, or nonsense
		var fault *net.AddrError
		if !errors.As(err, &fault) || fault.Err != "missing port in address" {
			return "", fmt.Errorf("address %q: write it as host:port, such as %s", addr, DefaultAddress)
		}
		host, port = strings.Trim(addr, "[]"), defaultPort
	}
	if host == "" {
		host = defaultHost
	}
	if port == "" {
		port = defaultPort
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil || strings.ContainsAny(host, "/ ") {
		return "", fmt.Errorf("address %q: write it as host:port, such as %s", addr, DefaultAddress)
	}
	return net.JoinHostPort(host, port), nil
}

// CheckExposure refuses to let others than this host in without authentication,
// unless told that this is meant. It is the rule for whatever listens: the API,
// the dashboard, or both on one address.
func CheckExposure(addr string, authenticated, insecure bool) error {
	addr, err := Address(addr)
	if err != nil || authenticated || insecure {
		return err
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	if IsLoopback(host) {
		return nil
	}
	return fmt.Errorf("address %s: %w; give tokens or users, or say that it is meant (--insecure)", addr, ErrExposed)
}

// IsLoopback reports whether a host, as in an address, is this one by its name or
// its address. Other names may mean this host too, but can be made to mean another.
func IsLoopback(host string) bool {
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
