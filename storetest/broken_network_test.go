package storetest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// flaws are what a client of a server may do wrong when the network fails.
type flaws struct {
	opensLazily    bool // says that it is open before it has seen the server
	hidesAddress   bool
	showsPassword  bool
	hidesKind      bool // does not say ErrUnreachable
	hidesContext   bool // does not return the context's error
	ignoresContext bool
	resends        bool // what may have been done
	resendsClaims  bool
	believes       bool // that what got no answer was done
	tears          bool // adds a record in two steps
	dies           bool // never connects again
	endsWalks      bool // at an error, as if that were all
	endsWatch      bool // without saying why
	watchesOn      bool // on nothing
	forgets        bool // claimed records, if nobody comes for them (the server does)
}

// of is the names of the cases whose name holds one of these.
func of(parts ...string) (names []string) {
	for _, c := range networkCases() {
		for _, p := range parts {
			if strings.Contains(c.name, p) {
				names = append(names, c.name)
				break
			}
		}
	}
	return names
}

var brokenNetworks = []struct {
	name  string
	flaws flaws
	fails []string
	may   []string
	waits bool // fails by losing patience
}{
	{name: "opens before it has seen the server", flaws: flaws{opensLazily: true}, fails: of("Away/OpenSaysWhere", "Silent/OpenEnds")},
	{name: "does not say where", flaws: flaws{hidesAddress: true}, fails: of("Away/OpenSaysWhere")},
	{name: "shows the password", flaws: flaws{showsPassword: true}, fails: of("Away/", "Cut/"), may: of("Cut/ClaimComesAgain")},
	{name: "does not say that the server can't be reached", flaws: flaws{hidesKind: true}, fails: of("Away/", "Cut/")},
	{name: "does not say that the context has ended", flaws: flaws{hidesContext: true}, fails: of("Silent/")},
	{name: "does not end with its context", flaws: flaws{ignoresContext: true}, fails: of("Silent/"), waits: true},
	{name: "sends again what may have been done", flaws: flaws{resends: true}, fails: []string{"Cut/Add", "Cut/Update", "Cut/Delete", "Cut/Batch"}},
	{name: "claims again what may have been claimed", flaws: flaws{resendsClaims: true}, fails: []string{"Cut/Claim", "Cut/ClaimComesAgain"}},
	{name: "takes a lost answer for a good one", flaws: flaws{believes: true},
		fails: of("Cut/Add", "Cut/Update", "Cut/Delete", "Cut/Batch", "Cut/Claim", "Cut/AppendRuns", "Cut/Idle", "Cut/WalkDoes", "Away/", "Silent/"), may: of("Cut/")},
	{name: "adds a record in two steps", flaws: flaws{tears: true}, fails: []string{"Cut/Add"}},
	{name: "never connects again", flaws: flaws{dies: true}, fails: append(of("Cut/"), "Away/MethodsSay", "Silent/MethodsEndWithTheirContext")},
	{name: "ends a walk at an error", flaws: flaws{endsWalks: true}, fails: []string{"Cut/WalkDoesNotEndEarly"}},
	{name: "does not say why it watches no more", flaws: flaws{endsWatch: true}, fails: []string{"Cut/WatchTells"}},
	{name: "watches on when it is cut off", flaws: flaws{watchesOn: true}, fails: []string{"Cut/WatchTells"}, waits: true},
	{name: "forgets claimed records", flaws: flaws{forgets: true}, fails: []string{"Cut/Claim", "Cut/IdleClaim", "Cut/ClaimComesAgain"}, waits: true},
}

// bearing runs the cases against a store with flaws, and returns the log of each
// that failed. It is short of patience with those that are to fail by losing it.
func bearing(tb testing.TB, f flaws, waiting []string) map[string]string {
	var running sync.WaitGroup
	var mu sync.Mutex
	failed := map[string]string{}
	for _, c := range networkCases() {
		h := NetworkHarness{New: func(tb testing.TB) NetworkPlace {
			return NetworkPlace{Server: newWorld(tb).serve(tb, f.server()), Secret: secret,
				Open: func(ctx context.Context, address string) (store.Store, error) { return openRemote(ctx, address, f) }}
		}}
		if slices.Contains(waiting, c.name) {
			h.Patience = time.Second
		}
		running.Go(func() {
			if r := watched(tb, func(tb testing.TB) { c.run(tb, h) }); r.Failed() {
				mu.Lock()
				defer mu.Unlock()
				failed[c.name] = strings.Join(r.log, "\n")
			}
		})
	}
	running.Wait()
	return failed
}

func TestSoundStoreBearsTheNetwork(t *testing.T) {
	t.Parallel()
	judge(t, bearing(t, flaws{}, nil), nil, nil)
}

func TestStoresThatDoNotBearTheNetworkAreFoundOut(t *testing.T) {
	t.Parallel()
	for _, br := range brokenNetworks {
		t.Run(br.name, func(t *testing.T) {
			t.Parallel()
			var waiting []string
			if br.waits {
				waiting = br.fails
			}
			judge(t, bearing(t, br.flaws, waiting), br.fails, br.may)
		})
	}
}

// TestEachNetworkCaseCanFail holds the suite to it that no case passes whatever
// the store does.
func TestEachNetworkCaseCanFail(t *testing.T) {
	t.Parallel()
	can := map[string]bool{}
	for _, br := range brokenNetworks {
		for _, name := range br.fails {
			can[name] = true
		}
	}
	for _, c := range networkCases() {
		if !can[c.name] {
			t.Errorf("no broken store makes %s fail", c.name)
		}
	}
}
