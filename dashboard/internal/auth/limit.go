package auth

import (
	"net/netip"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

const (
	burst       = 10              // attempts at once
	addressPace = 6 * time.Second // one more attempt from an address
	userPace    = 12 * time.Second
	remembered  = 10_000 // addresses, users, and pairs of them
)

// limiter limits attempts to log in, by address and by user. Of either it
// remembers the last ten thousand.
//
// Somebody who guesses the password of a user from many addresses must not keep
// that user out: an address from which he logged in before has a share of its own.
type limiter struct {
	mu                sync.Mutex
	byAddress, byUser *lru.Cache[string, *bucket]
	known             *lru.Cache[string, struct{}] // user and address of logins that succeeded
}

type bucket struct {
	*rate.Limiter
	told bool // that it is empty
}

func newLimiter() *limiter {
	l := &limiter{}
	l.byAddress, _ = lru.New[string, *bucket](remembered) // fails only for a size of 0
	l.byUser, _ = lru.New[string, *bucket](remembered)
	l.known, _ = lru.New[string, struct{}](remembered)
	return l
}

// allow tells whether an attempt may be made: wait is 0, or else the time after
// which to try again. first tells that the attempt before was allowed.
func (l *limiter) allow(address netip.Addr, user string) (wait time.Duration, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := network(address)
	if wait, first = take(l.byAddress, from, addressPace); wait > 0 {
		return wait, first
	}
	if l.known.Contains(user + "\n" + from) {
		user += "\n" + from
	}
	return take(l.byUser, user, userPace)
}

func take(buckets *lru.Cache[string, *bucket], key string, pace time.Duration) (wait time.Duration, first bool) {
	b, ok := buckets.Get(key)
	if !ok {
		b = &bucket{Limiter: rate.NewLimiter(rate.Every(pace), burst)}
		buckets.Add(key, b)
	}
	if b.Allow() {
		b.told = false
		return 0, false
	}
	first, b.told = !b.told, true
	return pace, first
}

func (l *limiter) succeeded(address netip.Addr, user string) {
	l.known.Add(user+"\n"+network(address), struct{}{})
}

// network is what one attacker is sure to have: an IPv4 address, or the /64 of
// an IPv6 address.
func network(address netip.Addr) string {
	address = address.Unmap()
	if !address.Is6() {
		return address.String()
	}
	prefix, err := address.Prefix(64)
	if err != nil {
		return address.String()
	}
	return prefix.String()
}
