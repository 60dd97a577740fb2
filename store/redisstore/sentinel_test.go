package redisstore_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/redisstore"
	"github.com/redis/rueidis"
)

// newSentinel starts a sentinel that watches a master and has found its replica.
// It takes the master for lost after so many milliseconds of silence, which is
// more than a busy machine keeps one waiting.
func newSentinel(tb testing.TB, master *server, silence string) *server {
	tb.Helper()
	s := &server{tb: tb, port: freePort(tb)}
	config := filepath.Join(tb.TempDir(), "sentinel.conf")
	must(tb, os.WriteFile(config, []byte("port "+s.port+"\nbind 127.0.0.1\nsentinel monitor mymaster 127.0.0.1 "+master.port+" 1\n"+
		"sentinel down-after-milliseconds mymaster "+silence+"\nsentinel failover-timeout mymaster 3000\n"), 0o600))
	s.args = []string{config, "--sentinel"}
	tb.Cleanup(s.stop)
	s.run("+slave slave")
	return s
}

func TestSentinelLeadsToTheNewMaster(t *testing.T) {
	t.Parallel()
	master := newServer(t)
	replica := newServer(t)
	replica.stop()
	replica.args = append(replica.args, "--replicaof", "127.0.0.1 "+master.port, "--repl-diskless-sync-delay", "0")
	replica.run("Finished with success")
	sentinel := newSentinel(t, master, "2000")

	s, err := redisstore.Open(bg, "", redisstore.WithSentinel("mymaster", sentinel.address()))
	must(t, err)
	defer s.Close()
	add(t, s, task("before"))
	raw := newClient(t, master.url())
	if n, err := raw.Do(bg, raw.B().Wait().Numreplicas(1).Timeout(300_000).Build()).AsInt64(); err != nil || n != 1 {
		t.Fatalf("the replica has not got the task: %d, %v", n, err)
	}

	switched := make(chan struct{}, 1)
	listening := make(chan struct{}, 1)
	watcher, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{sentinel.address()}, DisableCache: true, ForceSingleClient: true})
	must(t, err)
	defer watcher.Close()
	go func() {
		with := rueidis.WithOnSubscriptionHook(bg, func(rueidis.PubSubSubscription) { listening <- struct{}{} })
		_ = watcher.Receive(with, watcher.B().Subscribe().Channel("+switch-master").Build(), func(rueidis.PubSubMessage) { switched <- struct{}{} })
	}()
	<-listening
	master.stop()
	<-switched

	// The client hears of it when this test does, or a little later.
	for late := time.Now().Add(5 * time.Minute); ; {
		err := s.Add(bg, task("after"))
		if err == nil {
			break
		}
		says(t, err, nil)
		if time.Now().After(late) {
			t.Fatalf("the store has not found the new master: %v", err)
		}
	}
	expect(t, s, []string{"after", "before"})
	direct, err := redisstore.Open(bg, replica.url())
	must(t, err)
	defer direct.Close()
	expect(t, direct, []string{"after", "before"})
}

func TestSentinelInEachWay(t *testing.T) {
	t.Parallel()
	master := newServer(t)
	replica := newServer(t)
	replica.stop()
	replica.args = append(replica.args, "--replicaof", "127.0.0.1 "+master.port, "--repl-diskless-sync-delay", "0")
	replica.run("Finished with success")
	sentinel := newSentinel(t, master, "600000")
	for name, open := range map[string]func() (store.Store, error){
		"URL": func() (store.Store, error) {
			return openURL("redis:///0?sentinel=" + sentinel.address() + "&master_name=mymaster")
		},
		"map": func() (store.Store, error) {
			return store.Open(bg, map[string]any{"type": "redis", "sentinel": []any{sentinel.address()}, "master_name": "mymaster"})
		},
	} {
		s, err := open()
		if err != nil {
			t.Fatalf("by %s: %v", name, err)
		}
		add(t, s, task("by "+name))
		must(t, s.Close())
	}
	_, err := openURL("redis://?sentinel=" + sentinel.address() + "&master_name=nobody")
	says(t, err, nil, "nobody")
}
