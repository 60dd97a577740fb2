package storetest

import (
	"context"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// A breakage says how a store is broken, and which cases must find it out: the
// first is the one named for it, the others can't but see it too. Those that
// may see it depend on how goroutines happen to meet.
type breakage struct {
	name string
	// spoil is called for each world, and what it returns for each handle.
	spoil func(tb testing.TB) func(b *broken)
	fails []string
	may   []string
	// waits says that the cases that fail do so by losing patience.
	waits bool
}

// each makes a breakage that needs no state of the world.
func each(spoil func(b *broken)) func(testing.TB) func(*broken) {
	return func(testing.TB) func(*broken) { return spoil }
}

func breakages() []breakage {
	return slices.Concat(brokenWrites, brokenIDs, brokenData, brokenTimes, brokenDue, brokenWalks,
		brokenHandles, brokenContexts, brokenCorrupt, brokenClaims, brokenOptions, brokenRuns)
}

// broken is a handle some of whose methods were replaced.
type broken struct {
	*handle
	add       func(ctx context.Context, r store.Record) error
	get       func(ctx context.Context, id string) (store.Record, error)
	update    func(ctx context.Context, r store.Record) error
	delete    func(ctx context.Context, id string, rev uint64) error
	clear     func(ctx context.Context) error
	due       func(ctx context.Context, q store.DueQuery) ([]store.Record, error)
	next      func(ctx context.Context, labels []string) (time.Time, error)
	all       func(ctx context.Context) iter.Seq2[store.Record, error]
	close     func() error
	claim     func(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error)
	batch     func(ctx context.Context, writes []store.Write) ([]error, error)
	now       func(ctx context.Context) (time.Time, error)
	watch     func(ctx context.Context, wake func()) error
	append    func(ctx context.Context, entries []store.RunEntry) error
	runs      func(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error]
	trim      func(ctx context.Context, log string, before time.Time, keep int) (int, error)
	beat      func(ctx context.Context, m store.Member) error
	leave     func(ctx context.Context, node string) error
	members   func(ctx context.Context) ([]store.Member, error)
	namespace func() string
}

// breakable returns a sound handle, ready to be broken.
func (w *world) breakable() *broken {
	h := w.open()
	return &broken{handle: h, add: h.Add, get: h.Get, update: h.Update, delete: h.Delete, clear: h.Clear, due: h.Due,
		next: h.NextDue, all: h.All, close: h.Close, claim: h.Claim, batch: h.Batch, now: h.Now, watch: h.Watch,
		append: h.AppendRuns, runs: h.Runs, trim: h.TrimRuns, beat: h.Beat, leave: h.Leave, members: h.Members, namespace: h.Namespace}
}

func (b *broken) Add(ctx context.Context, r store.Record) error            { return b.add(ctx, r) }
func (b *broken) Get(ctx context.Context, id string) (store.Record, error) { return b.get(ctx, id) }
func (b *broken) Update(ctx context.Context, r store.Record) error         { return b.update(ctx, r) }
func (b *broken) Delete(ctx context.Context, id string, rev uint64) error {
	return b.delete(ctx, id, rev)
}
func (b *broken) Clear(ctx context.Context) error                           { return b.clear(ctx) }
func (b *broken) All(ctx context.Context) iter.Seq2[store.Record, error]    { return b.all(ctx) }
func (b *broken) Close() error                                              { return b.close() }
func (b *broken) Now(ctx context.Context) (time.Time, error)                { return b.now(ctx) }
func (b *broken) Watch(ctx context.Context, wake func()) error              { return b.watch(ctx, wake) }
func (b *broken) AppendRuns(ctx context.Context, es []store.RunEntry) error { return b.append(ctx, es) }
func (b *broken) Beat(ctx context.Context, m store.Member) error            { return b.beat(ctx, m) }
func (b *broken) Leave(ctx context.Context, node string) error              { return b.leave(ctx, node) }
func (b *broken) Members(ctx context.Context) ([]store.Member, error)       { return b.members(ctx) }
func (b *broken) Namespace() string                                         { return b.namespace() }

func (b *broken) Due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	return b.due(ctx, q)
}

func (b *broken) NextDue(ctx context.Context, labels []string) (time.Time, error) {
	return b.next(ctx, labels)
}

func (b *broken) Claim(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
	return b.claim(ctx, q, hold)
}

func (b *broken) Batch(ctx context.Context, writes []store.Write) ([]error, error) {
	return b.batch(ctx, writes)
}

func (b *broken) Runs(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
	return b.runs(ctx, q)
}

func (b *broken) TrimRuns(ctx context.Context, log string, before time.Time, keep int) (int, error) {
	return b.trim(ctx, log, before, keep)
}

// outcome runs the cases against stores broken in one way, and returns the log
// of each that failed.
//
// It is short of patience with those that are to fail by losing it.
func outcome(tb testing.TB, list []testCase, waiting []string, spoil func(tb testing.TB) func(b *broken)) map[string]string {
	failed := map[string]string{}
	for _, c := range list {
		h := Harness{Bulk: 100, Writers: 16, Patience: 5 * time.Minute, New: func(testing.TB) Place {
			w, spoil := newWorld(tb), spoil(tb)
			return Place{Corrupt: w.spoil, Open: func() (store.Store, error) {
				b := w.breakable()
				spoil(b)
				return b, nil
			}}
		}}
		if slices.Contains(waiting, c.name) {
			h.Patience = 200 * time.Millisecond
		}
		if r := record(tb, c, h); r.Failed() {
			failed[c.name] = strings.Join(r.log, "\n")
		}
	}
	return failed
}

// quiet are the cases that may run beside others.
func quiet() []testCase {
	return slices.DeleteFunc(cases(), func(c testCase) bool { return c.alone })
}

func judge(t *testing.T, failed map[string]string, must, may []string) {
	t.Helper()
	for name, log := range failed {
		if !slices.Contains(must, name) && !slices.Contains(may, name) {
			t.Errorf("%s fails, and should not:\n%s", name, log)
		}
	}
	for _, name := range must {
		if _, ok := failed[name]; !ok {
			t.Errorf("%s passes, and must fail", name)
		}
	}
}

func TestSoundStorePasses(t *testing.T) {
	sound := func(testing.TB) func(*broken) { return func(*broken) {} }
	judge(t, outcome(t, cases(), nil, sound), nil, nil)
}

func TestBrokenStoresAreFoundOut(t *testing.T) {
	for _, br := range breakages() {
		t.Run(br.name, func(t *testing.T) {
			t.Parallel()
			var waiting []string
			if br.waits {
				waiting = br.fails
			}
			judge(t, outcome(t, quiet(), waiting, br.spoil), br.fails, br.may)
		})
	}
}

// TestEachCaseCanFail holds the suite to it that no case passes whatever the
// store does.
func TestEachCaseCanFail(t *testing.T) {
	fails := []string{"Close/LeaksNoFile", "Live/KeepsValues", "Live/KeepsDataToo"}
	for _, br := range breakages() {
		fails = append(fails, br.fails...)
	}
	for _, c := range cases() {
		if !slices.Contains(fails, c.name) {
			t.Errorf("no broken store makes %s fail", c.name)
		}
	}
	for _, name := range fails {
		if !slices.ContainsFunc(cases(), func(c testCase) bool { return c.name == name }) {
			t.Errorf("there is no case %s", name)
		}
	}
}
