package chaos

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/go-asyncz/asyncz/internal/faults/setup"
)

// A place is where the records are: a store, and the server that has it.
type place struct {
	kind   string
	url    string // at the server itself
	own    bool   // the server was started for this run
	folder string // of its data
}

// starting lets one run at a time look for free ports.
var starting sync.Mutex

// open finds or makes the place of a run.
func open(ctx context.Context, c Config) (*place, error) {
	p := &place{kind: c.kind(), url: c.Store}
	if c.given() {
		return p, nil
	}
	switch p.kind {
	case "file":
		p.url = "file:" + filepath.Join(c.Dir, "tasks")
		return p, nil
	case "sqlite":
		p.url = "sqlite:///" + filepath.Join(c.Dir, "tasks.db")
		return p, nil
	}
	starting.Lock()
	defer starting.Unlock()
	// Servers run as users of their own, who may not enter the folder of the evidence.
	var err error
	if p.folder, err = os.MkdirTemp("", "asyncz-faults-"); err != nil {
		return nil, err
	}
	p.own = true
	if err := os.Chmod(p.folder, 0o755); err != nil { //nolint:gosec // nothing in it is secret
		return nil, err
	}
	out, err := p.services(ctx, "up", "--durable")
	if err != nil {
		return nil, err
	}
	variable := "export ASYNCZ_TEST_" + strings.ToUpper(p.kind) + "_URL='"
	_, rest, found := strings.Cut(out, variable)
	if p.url, _, _ = strings.Cut(rest, "'"); !found || p.url == "" {
		return nil, fmt.Errorf("scripts/services did not name the server of %s: %s", p.kind, out)
	}
	return p, nil
}

var servers = []string{"postgres", "mysql", "redis", "redis_cluster", "mongodb"}

// services runs the script that starts servers, for this server alone.
func (p *place) services(ctx context.Context, args ...string) (string, error) {
	root, err := setup.Project()
	if err != nil {
		return "", err
	}
	var others []string
	for _, s := range servers {
		if s != p.kind {
			others = append(others, s)
		}
	}
	if len(others) == len(servers) {
		return "", fmt.Errorf("the store %q: say file, sqlite, postgres, mysql, redis, mongodb, or a URL", p.kind)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(root, "scripts", "services"), args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "ASYNCZ_TEST_") && !strings.HasPrefix(v, "ASYNCZ_SERVICES_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	// A server that loses what it acknowledged can't be held against the scheduler.
	cmd.Env = append(cmd.Env, "ASYNCZ_SERVICES_APPENDFSYNC=always", "ASYNCZ_SERVICES_DIR="+filepath.Join(p.folder, "data"), "ASYNCZ_TEST_SKIP="+strings.Join(others, ","))
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("scripts/services %s: %w\n%s", strings.Join(args, " "), err, said.String())
	}
	return string(out), nil
}

// close ends the server that was started for the run, and removes its data.
func (p *place) close(ctx context.Context) error {
	if !p.own {
		return nil
	}
	if _, err := p.services(ctx, "down"); err != nil {
		return err
	}
	return os.RemoveAll(p.folder)
}

// server is host:port of the server.
func (p *place) server() (string, error) {
	u, err := url.Parse(p.url)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("the URL of the store %s names no host", p.kind)
	}
	if u.Port() != "" {
		return u.Host, nil
	}
	return net.JoinHostPort(u.Hostname(), map[string]string{
		"postgres": "5432", "postgresql": "5432", "mysql": "3306", "mariadb": "3306", "redis": "6379", "mongodb": "27017",
	}[p.kind]), nil
}

// through is the URL of the store with another address.
func (p *place) through(address string) (string, error) {
	u, err := url.Parse(p.url)
	if err != nil {
		return "", fmt.Errorf("the URL of the store %s can't be read", p.kind)
	}
	u.Host = address
	return u.String(), nil
}
