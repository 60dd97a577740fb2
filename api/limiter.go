package api

import (
	"net/netip"
	"sync"
	"time"
)

// How many wrong tokens an address may try: ten at once, then one every six seconds.
const (
	triesAtOnce = 10
	triesEvery  = 6 * time.Second
	maxAttempts = 10_000 // addresses that are remembered
)

// A limiter counts wrong tokens by address. The right token always gets in,
// because all who come by one proxy have one address, and one of them must not be
// able to shut the others out; at 256 random bits nobody gets anywhere by trying.
type limiter struct {
	mu   sync.Mutex
	free map[netip.Prefix]time.Time // when the address has all its tries again
}

// failed counts a wrong token, and returns how long its address has to wait; 0 if
// it had tries left.
func (l *limiter) failed(address string, now time.Time) time.Duration {
	key := network(address)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.free == nil {
		l.free = map[netip.Prefix]time.Time{}
	}
	if len(l.free) >= maxAttempts {
		l.forget(now)
	}
	free := l.free[key]
	if free.Before(now) {
		free = now
	}
	free = free.Add(triesEvery)
	if wait := free.Sub(now) - triesAtOnce*triesEvery; wait > 0 {
		return wait
	}
	l.free[key] = free
	return 0
}

// forget makes room: those that have all their tries again, else all.
func (l *limiter) forget(now time.Time) {
	for key, free := range l.free {
		if !free.After(now) {
			delete(l.free, key)
		}
	}
	if len(l.free) >= maxAttempts {
		clear(l.free)
	}
}

// network is what counts as one address: of IPv6 a /64, which one host has to itself.
func network(address string) netip.Prefix {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}
	}
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}
