package cli

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
)

// Notes are a log that a test reads while it is written.
type notes struct {
	mu   sync.Mutex
	text strings.Builder
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// A following is a reloader at work on a file that a test writes.
type following struct {
	t       *testing.T
	s       *asyncz.Scheduler
	file    string
	changes chan struct{}
	log     *notes
}

// follow lets tasks in memory follow a file that says this at first.
func follow(t *testing.T, st store.Store, text string) *following {
	t.Helper()
	f := &following{t: t, file: filepath.Join(t.TempDir(), "tasks.yaml"), changes: make(chan struct{}, 1), log: &notes{}}
	logger := slog.New(newConsole(f.log, slog.LevelInfo))
	var err error
	f.s, err = asyncz.New(t.Context(), asyncz.WithEncryptionKey(""), asyncz.WithFunctions(functions()), asyncz.WithStore("default", st), asyncz.WithLogger(logger))
	must(t, err)
	f.write(text)
	config, read, err := readConfig(f.file)
	must(t, err)
	_, err = f.s.AddConfigured(t.Context(), config)
	must(t, err)
	r, err := newReloader(f.s, logger, f.file, read, config)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.follow(ctx, f.changes)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		must(t, f.s.Shutdown(context.Background()))
	})
	return f
}

func (f *following) write(text string) {
	f.t.Helper()
	must(f.t, os.WriteFile(f.file, []byte(text), 0o600))
}

// become lets the file say something else, and waits until that is dealt with.
func (f *following) become(text string) {
	f.t.Helper()
	f.write(text)
	f.changed()
}

func (f *following) changed() {
	f.changes <- struct{}{}
	time.Sleep(time.Second)
	synctest.Wait()
}

// tasks are the ids and the triggers of the tasks.
func (f *following) tasks() string {
	f.t.Helper()
	all, err := f.s.Tasks(f.t.Context(), asyncz.Filter{Sort: "id"})
	must(f.t, err)
	var words []string
	for _, t := range all {
		words = append(words, t.ID+" "+strings.TrimPrefix(t.Trigger.String(), "every "))
	}
	return strings.Join(words, ", ")
}

func (f *following) want(tasks, said string) {
	f.t.Helper()
	if got := f.tasks(); got != tasks {
		f.t.Errorf("there are %s; want %s", got, tasks)
	}
	if !strings.Contains(f.log.String(), said) {
		f.t.Errorf("the log does not say %q:\n%s", said, f.log)
	}
}

func yamlTasks(tasks ...string) string {
	var b strings.Builder
	b.WriteString("tasks:\n")
	for _, t := range tasks {
		id, when, _ := strings.Cut(t, " ")
		b.WriteString("  - {id: " + id + ", command: [echo], trigger: {type: interval, minutes: " + when + "}}\n")
	}
	return b.String()
}

func TestTasksFollowTheirFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := follow(t, memstore.New(), yamlTasks("a 1", "b 1", "c 1"))
		_, err := f.s.AddJSON(t.Context(), []byte(`{"id":"hand","function":"command","kwargs":{"argv":["echo"]},"trigger":{"type":"interval","minutes":1}}`))
		must(t, err)
		_, err = f.s.AddJSON(t.Context(), []byte(`{"id":"other","function":"command","kwargs":{"argv":["echo"]},"trigger":{"type":"interval","minutes":1},"metadata":{"declared_in":"/elsewhere.yaml"}}`))
		must(t, err)
		f.become(yamlTasks("a 1", "b 2", "d 1"))
		f.want("a minute, b 2 minutes, d minute, hand minute, other minute", "added=1 changed=1 removed=1")
	})
}

func TestAFileThatCannotBeChangesNothingAndIsTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, said string }{
		{"tasks: [", "was not taken over"},
		{yamlTasks("a 1", "b 2", "a 3"), `tasks[2] \"a\": the file has another task with this id`},
		{yamlTasks("a 5", "b 0"), "tasks[1]: "},
		{"tasks: [{command: [echo], trigger: {type: interval, minutes: 1}}]", "tasks[0]: id: a task in a configuration needs one"},
		{"tusks: []", `unknown key \"tusks\"`},
		{"tasks: [{id: x, command: [echo], trigger: {type: interval, minutes: 1}, metadata: {declared_in: y}}]", "metadata.declared_in: it is set by this program"},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := follow(t, memstore.New(), yamlTasks("a 1", "b 1"))
			f.become(c.text)
			f.want("a minute, b minute", c.said)
			told := f.log.String()
			f.changed() // the same once more is not told again
			f.want("a minute, b minute", "")
			if f.log.String() != told {
				t.Errorf("told again:\n%s", f.log)
			}
			f.become(yamlTasks("a 1"))
			f.want("a minute", "removed=1")
		})
	}
}

// An editor that takes the file away and writes it anew must not cost tasks.
func TestAFileThatIsGoneChangesNothingAndIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := follow(t, memstore.New(), yamlTasks("a 1"))
		must(t, os.Remove(f.file))
		f.changed()
		f.want("a minute", "the configuration file is gone")
		f.become(yamlTasks("a 2"))
		f.want("a 2 minutes", "changed=1")
	})
}

// What the file says of a task holds when it says something else than before, so
// that a pause and an edit by hand outlive a change of another task, and what has
// fired for good does not fire again.
func TestATaskWhoseDeclarationStaysIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		once := "  - {id: once, command: [echo], trigger: {type: date, run_at: 1999-01-01T00:00:00Z}}\n"
		f := follow(t, memstore.New(), yamlTasks("a 1", "b 1")+once)
		must(t, f.s.RemoveTask(t.Context(), "once")) // as it is when it has fired
		_, err := f.s.UpdateTaskJSON(t.Context(), "a", []byte(`{"trigger":{"type":"interval","minutes":7}}`))
		must(t, err)
		f.become(yamlTasks("a 1", "b 2") + once)
		f.want("a 7 minutes, b 2 minutes", "added=0 changed=1 removed=0")
	})
}

func TestChangesBesideTheTasksAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := follow(t, memstore.New(), yamlTasks("a 1"))
		f.become("lease: 30s\n" + yamlTasks("a 1"))
		f.want("a minute", "has changed beside its tasks; that holds from the next start")
	})
}

// refusing is a store that takes no new tasks until it is told to.
type refusing struct {
	*memstore.Store
	off atomic.Bool
}

func (s *refusing) Add(ctx context.Context, r store.Record) error {
	if s.off.Load() {
		return errors.New("the disk is full")
	}
	return s.Store.Add(ctx, r)
}

func TestAChangeThatAStoreDoesNotTakeIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &refusing{Store: memstore.New()}
		f := follow(t, st, yamlTasks("a 1"))
		st.off.Store(true)
		f.become(yamlTasks("a 1", "b 1"))
		f.want("a minute", "another try follows")
		st.off.Store(false)
		time.Sleep(triesAgain)
		synctest.Wait()
		f.want("a minute, b minute", "added=1")
	})
}

// Each waits for a word from the system; only one that never comes would be a failure.
func TestAChangeOfAFileIsSeenHoweverItIsMade(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, dir, file string){
		"written": func(t *testing.T, _, file string) { must(t, os.WriteFile(file, []byte("b"), 0o600)) },
		"renamed over": func(t *testing.T, dir, file string) {
			must(t, os.WriteFile(filepath.Join(dir, ".swp"), []byte("b"), 0o600))
			must(t, os.Rename(filepath.Join(dir, ".swp"), file))
		},
		"removed and made": func(t *testing.T, _, file string) {
			must(t, os.Remove(file))
			must(t, os.WriteFile(file, []byte("b"), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "tasks.yaml")
			must(t, os.WriteFile(file, []byte("a"), 0o600))
			changes, err := watchFile(t.Context(), file)
			must(t, err)
			<-changes // there is one at first
			change(t, dir, file)
			for text := "a"; text != "b"; {
				<-changes
				b, _ := os.ReadFile(file)
				text = string(b)
			}
		})
	}
}

// A folder of configuration in a cluster of containers is a link to a folder,
// which is put in place of another.
func TestALinkThatTurnsElsewhereIsSeen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, v := range []string{"v1", "v2"} {
		must(t, os.Mkdir(filepath.Join(dir, v), 0o700))
		must(t, os.WriteFile(filepath.Join(dir, v, "tasks.yaml"), []byte(v), 0o600))
	}
	must(t, os.Symlink("v1", filepath.Join(dir, "data")))
	file := filepath.Join(dir, "tasks.yaml")
	must(t, os.Symlink(filepath.Join("data", "tasks.yaml"), file))
	changes, err := watchFile(t.Context(), file)
	must(t, err)
	<-changes
	must(t, os.Symlink("v2", filepath.Join(dir, "new")))
	must(t, os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "data")))
	for text := "v1"; text != "v2"; {
		<-changes
		b, _ := os.ReadFile(file)
		text = string(b)
	}
}

func TestTasksOfAFileCarryItsName(t *testing.T) {
	t.Parallel()
	c, err := parseConfig([]byte(yamlTasks("a 1")), "some/tasks.yaml")
	must(t, err)
	abs, err := filepath.Abs("some/tasks.yaml")
	must(t, err)
	if len(c.Tasks) != 1 || !strings.Contains(string(c.Tasks[0]), `"metadata":{"declared_in":"`+abs+`"}`) {
		t.Errorf("%s", c.Tasks)
	}
}
