package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api/client"
	"github.com/go-asyncz/asyncz/seal"
	"github.com/go-asyncz/asyncz/store"
)

// A session is what the command line means: stores, and who acts on them.
type session struct {
	control
	here       *asyncz.Scheduler // that of this process; nil with --server
	there      *client.Client    // with --server
	places     []place           // of the stores, by alias
	config     asyncz.Config
	configText []byte        // of its file
	wait       time.Duration // of --wait
}

// newSession returns one without stores.
func (a *app) newSession() (*session, error) {
	wait, err := notNegative("--wait", cmp.Or(a.wait, "0s"))
	return &session{wait: wait}, err
}

// settings reads the command line, the environment and the file.
func (a *app) settings() (*session, error) {
	s, err := a.newSession()
	if err != nil {
		return nil, err
	}
	if a.configFile != "" {
		if s.config, s.configText, err = readConfig(a.configFile); err != nil {
			return nil, err
		}
	}
	if s.config.Stores, err = a.stores(s.config.Stores); err != nil {
		return nil, err
	}
	for _, alias := range slices.Sorted(maps.Keys(s.config.Stores)) {
		p, err := placeOf(alias, s.config.Stores[alias])
		if err != nil {
			return nil, err
		}
		s.places = append(s.places, p)
	}
	return s, nil
}

// connect opens the stores.
func (a *app) connect(ctx context.Context, s *session, more ...asyncz.Option) error {
	opts, err := s.config.Options()
	if err != nil {
		return err
	}
	if a.wait != "" { // else what the file says
		opts = append(opts, asyncz.WithStartupWait(s.wait))
	}
	s.here, err = asyncz.New(ctx, slices.Concat(opts, more, a.opts)...)
	if errors.Is(err, store.ErrAbsent) {
		err = fmt.Errorf("%w; %s", err, makeIt)
	}
	s.control = s.here
	return err
}

// withLogger makes a scheduler that isn't started write its warnings for people.
func withLogger(stderr io.Writer) asyncz.Option {
	return asyncz.WithLogger(slog.New(newConsole(stderr, slog.LevelWarn)))
}

// open opens the stores for a command that looks at tasks or changes them. They
// must be there, unless it creates: a typing error shall not leave an empty
// store behind.
func (a *app) open(ctx context.Context, stderr io.Writer, creates bool, more ...asyncz.Option) (*session, error) {
	server, err := a.address()
	if err != nil {
		return nil, err
	}
	if server != "" {
		return a.connectTo(ctx, stderr, server)
	}
	s, err := a.settings()
	if err != nil {
		return nil, err
	}
	for _, p := range s.places {
		if p.missing() && !creates {
			return nil, &missingStore{p}
		}
		if !creates && !p.live {
			more = append(more, asyncz.MustExist(p.alias))
		}
	}
	more = append(more, asyncz.WithFunctions(functions()), withLogger(stderr))
	return s, a.connect(ctx, s, more...)
}

const makeIt = "add a task or start a scheduler to make it, or name another with --store"

type missingStore struct{ place }

func (e *missingStore) Error() string {
	return "store \"" + e.alias + "\": there is none at " + e.path + " yet; " + makeIt
}

// close lets go of the stores. The scheduler was not started, so nothing waits.
func (s *session) close() {
	if s.here != nil {
		_ = s.here.Shutdown(context.Background())
	}
}

// sealed reports whether a key is set.
func sealed() bool {
	return cmp.Or(os.Getenv(asyncz.EnvKey), os.Getenv(asyncz.EnvKeyFile)) != ""
}

// weakKey returns a warning about the key in the environment, if it deserves one.
func weakKey() string {
	value := os.Getenv(asyncz.EnvKey)
	if file := os.Getenv(asyncz.EnvKeyFile); value == "" && file != "" {
		b, err := os.ReadFile(file) //nolint:gosec // reading the file that the operator names is what the variable is for
		if err != nil {
			return "" // the scheduler will say so
		}
		value = seal.FromFile(b)
	}
	if value == "" {
		return ""
	}
	return seal.Weak(value)
}

// inStore is the option that --in stands for; none when it is empty.
func (s *session) inStore(in string) ([]asyncz.TaskOption, error) {
	if in == "" {
		return nil, nil
	}
	alias, err := storeFor(in, s.places)
	return []asyncz.TaskOption{asyncz.InStore(alias)}, err
}

// named returns the tasks with these ids, or those that a filter lets through
// when there are no ids.
func (s *session) named(ctx context.Context, ids []string, f asyncz.Filter, where []asyncz.TaskOption) ([]asyncz.Task, error) {
	if len(ids) == 0 {
		return s.Tasks(ctx, f)
	}
	var tasks []asyncz.Task
	err := each(ids, func(id string) error {
		task, err := s.Task(ctx, id, where...)
		tasks = append(tasks, task)
		return err
	})
	return tasks, err
}

// aliases are those of the stores.
func (s *session) aliases() []string {
	aliases := make([]string, len(s.places))
	for i, p := range s.places {
		aliases[i] = p.alias
	}
	return aliases
}

// list joins words for people.
func list(words []string) string { return strings.Join(words, ", ") }
