package redisstore_test

import (
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/store/redisstore"
)

func TestCheckTellsWhatPutsTasksAtRisk(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args string
		says []string
		not  []string
	}{
		"evicting":        {"--appendonly yes --appendfsync always --maxmemory 100mb --maxmemory-policy allkeys-lru", []string{"maxmemory-policy allkeys-lru", "throw tasks away", "set maxmemory-policy noeviction"}, []string{"appendonly"}},
		"no limit":        {"--appendonly yes --appendfsync always --maxmemory-policy allkeys-lru", nil, []string{"maxmemory"}},
		"not evicting":    {"--appendonly yes --appendfsync always --maxmemory 100mb --maxmemory-policy noeviction", nil, []string{"maxmemory"}},
		"nothing on disk": {"--appendonly no", []string{"keeps nothing on disk", "all tasks are gone"}, []string{"appendfsync"}},
		"snapshots":       {"--appendonly no --save 60 1", []string{"save 60 1", "a crash takes back"}, []string{"keeps nothing"}},
		"a second":        {"--appendonly yes --appendfsync everysec", []string{"appendfsync is everysec"}, []string{"keeps nothing"}},
		"half a minute":   {"--appendonly yes --appendfsync no", []string{"appendfsync is no"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newServer(t, strings.Fields(c.args)...)
			s, err := redisstore.Open(bg, server.url())
			must(t, err)
			defer s.Close()
			told, err := s.Check(bg)
			must(t, err)
			text := strings.Join(told, "\n")
			if !contains(text, c.says...) || len(c.says) > 0 && !contains(text, server.address()) {
				t.Errorf("Check says %q, want %q and the address", told, c.says)
			}
			if len(c.says) == 0 && len(told) > 0 {
				t.Errorf("Check says %q of a server that is set up well", told)
			}
			for _, not := range c.not {
				if strings.Contains(text, not) {
					t.Errorf("Check says %q, should not speak of %q", told, not)
				}
			}
		})
	}
}

func TestCheckLooksAtEachNodeOfACluster(t *testing.T) {
	t.Parallel()
	told, err := newPlace(t, clusterURL(t)).open(t).Check(bg)
	must(t, err)
	nodes := map[string]bool{}
	for _, sentence := range told {
		address, _, _ := strings.Cut(sentence, ": ")
		nodes[address] = true
	}
	if len(told) > 0 && len(nodes) != 3 {
		t.Errorf("Check says %q, want sentences on each of three nodes", told)
	}
}
