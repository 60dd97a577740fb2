package auth

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestAttemptsFromAnAddressAreLimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var heard log
		b := open(must(t, Config{Users: people(), Audit: heard.hear}))
		for i := range burst {
			if resp := b.login(fmt.Sprint("user", i), "guess"); resp.StatusCode != http.StatusForbidden {
				t.Fatalf("attempt %d: %s", i, resp.Status)
			}
		}
		for range 5 {
			resp := b.login("olga", "password")
			if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "6" || b.cookie() != nil {
				t.Fatalf("%s, Retry-After %q", resp.Status, resp.Header.Get("Retry-After"))
			}
		}
		if n := strings.Count(strings.Join(heard.actions(), ","), ActionLimited); n != 1 {
			t.Errorf("five attempts too many were audited %d times", n)
		}
		elsewhere := open(must(t, Config{Users: people()}))
		elsewhere.from = "192.0.2.2:4000"
		if elsewhere.login("olga", "password"); elsewhere.who() != "olga operator" {
			t.Error("another address is limited too")
		}
		time.Sleep(addressPace)
		if b.login("olga", "password"); b.who() != "olga operator" {
			t.Error("after the time that Retry-After told the user can't log in")
		}
	})
}

func TestAttemptsOnAUserAreLimitedFromAllAddressesTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := must(t, Config{Users: people()})
		home := open(a)
		home.from = "198.51.100.7:1"
		home.login("olga", "password")
		b := open(a)
		for i := range burst { // the login at home was one
			b.from = fmt.Sprintf("192.0.2.%d:1", i)
			resp := b.login("olga", "guess")
			if limited := resp.StatusCode == http.StatusTooManyRequests; limited != (i == burst-1) {
				t.Fatalf("attempt %d: %s", i, resp.Status)
			}
		}
		if b.login("viktor", "password").StatusCode != http.StatusSeeOther {
			t.Error("another user is limited too")
		}
		if home.login("olga", "password").StatusCode != http.StatusSeeOther {
			t.Error("guesses from elsewhere keep the user out where he logged in before")
		}
	})
}

func TestAnIPv6NetworkIsOneAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.1":          "192.0.2.1",
		"::ffff:192.0.2.1":   "192.0.2.1",
		"2001:db8:1:2:3::4":  "2001:db8:1:2::/64",
		"2001:db8:1:2:ff::1": "2001:db8:1:2::/64",
		"2001:db8:1:3::1":    "2001:db8:1:3::/64",
	} {
		if got := network(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s counts as %s, not %s", address, got, want)
		}
	}
}

func TestTheMemoryOfTheLimiterIsBounded(t *testing.T) {
	t.Parallel()
	l := newLimiter()
	address := netip.MustParseAddr("10.0.0.0")
	for i := range 3 * remembered {
		address = address.Next()
		l.allow(address, fmt.Sprint(i))
		l.succeeded(address, fmt.Sprint(i))
	}
	if n := []int{l.byAddress.Len(), l.byUser.Len(), l.known.Len()}; slices.Max(n) > remembered {
		t.Errorf("%v are remembered", n)
	}
}

// gauge is a hash that takes a minute, and counts.
type gauge struct{ now, most, all atomic.Int64 }

func (g *gauge) matches(string) bool {
	g.all.Add(1)
	n := g.now.Add(1)
	defer g.now.Add(-1)
	for m := g.most.Load(); n > m && !g.most.CompareAndSwap(m, n); m = g.most.Load() {
	}
	time.Sleep(time.Minute)
	return true
}

func TestLoginsAtOnceCanNotEatTheMachine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := must(t, Config{Users: people()})
		var g gauge
		for _, account := range a.accounts.all {
			account.hash = &g
		}
		statuses := make(chan int)
		for i := range 6 {
			go func() {
				b := open(a)
				b.from = fmt.Sprintf("192.0.2.%d:1", i)
				statuses <- b.login("olga", "password").StatusCode
			}()
		}
		var got []int
		for range 6 {
			got = append(got, <-statuses)
		}
		if slices.Sort(got); !slices.Equal(got, []int{303, 303, 503, 503, 503, 503}) || g.most.Load() != maxHashing {
			t.Errorf("the answers are %v; %d hashes were computed at once", got, g.most.Load())
		}
	})
}

func TestAWrongNameTakesTheTimeOfAWrongPassword(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := must(t, Config{Users: people()})
		gauges := make([]gauge, len(a.accounts.all))
		for i, account := range a.accounts.all {
			account.hash = &gauges[i]
		}
		b := open(a)
		began := time.Now()
		for range 3 {
			if resp := b.login("nobody", "password"); resp.StatusCode != http.StatusForbidden || b.cookie() != nil {
				t.Fatalf("nobody logged in: %s", resp.Status)
			}
		}
		if took := time.Since(began); took != 3*time.Minute {
			t.Errorf("three wrong names took %s, where a hash takes a minute", took)
		}
		// Always the same hash: where hashes differ in cost, a name that takes now
		// this time and now that would be known to be nobody's.
		if one, two := gauges[0].all.Load(), gauges[1].all.Load(); one*two != 0 {
			t.Errorf("the name was compared with one hash %d times and with the other %d times", one, two)
		}
	})
}
