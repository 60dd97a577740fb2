package cli_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/api/client"
	"github.com/go-asyncz/asyncz/cmd/asyncz/cli"
)

// serving is a scheduler in this process that others reach over the network.
type serving struct {
	*background
	store, url string
}

// serve begins one with these flags. addresses are what it listens on, in order.
func serve(t *testing.T, flags ...string) *serving {
	t.Helper()
	s := &serving{store: "sqlite:///" + filepath.Join(t.TempDir(), "x.db")}
	s.background = inBackground(t, append([]string{"start", "--store", s.store}, flags...)...)
	s.url = s.listens()
	return s
}

// listens waits for the next address that is listened on.
func (b *background) listens() string {
	b.t.Helper()
	line := b.until("listening: ")
	m := regexp.MustCompile(`url=(https?://[^/ ]+)`).FindStringSubmatch(line)
	if m == nil {
		b.t.Fatalf("no URL in %q", line)
	}
	return m[1]
}

// do runs a command that must end with a code, and returns what it prints.
func do(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	got, stdout, stderr := run(t, args...)
	if got != code {
		t.Fatalf("%v: exit code %d, want %d\n%s%s", args, got, code, stdout, stderr)
	}
	return stdout, stderr
}

// What --store does on a store, --server does through the API.
func TestCommandsDoTheSameThroughAServer(t *testing.T) {
	t.Parallel()
	s := serve(t, "--api=127.0.0.1:0")
	there := func(code int, has string, args ...string) string {
		t.Helper()
		stdout, stderr := do(t, code, append([]string{"--server", s.url}, args...)...)
		if !strings.Contains(stdout+stderr, has) {
			t.Errorf("%v: no %q in\n%s%s", args, has, stdout, stderr)
		}
		return stdout
	}
	add := func(id string, rest ...string) []string {
		return append([]string{"add", "--id", id, "--at", "2126-01-01T00:00:00Z"}, rest...)
	}
	there(0, "added good", add("good", "--name", "A name", "--", "sh", "-c", "echo first; echo second")...)
	there(0, "added bad", add("bad", "--retries", "1", "--retry-delay", "1ms", "--shell", "echo no space; exit 7")...)
	there(1, "with this id", add("good", "--", "echo")...)
	there(0, "added good", add("good", "--replace", "--", "sh", "-c", "echo first; echo second")...)
	there(2, "max_instances", add("no", "--max-instances", "0", "--", "echo")...)
	there(0, "executed", "run", "good", "--follow")
	there(1, "failed", "run", "bad", "--follow")
	there(0, "good@", "runs", "good")
	there(0, `"outcome": "retrying"`, "runs", "--outcome", "retrying", "--json")
	if got := there(0, "attempt 1 executed", "logs", "good", "--follow"); got != "first\nsecond\n" {
		t.Errorf("logs: %q", got)
	}
	there(1, "exit status 7", "logs", "bad", "--follow")
	there(0, "paused", "pause", "good")
	there(0, "good", "list", "--state", "paused", "--output", "yaml")
	there(0, "resumed", "resume", "good")
	there(0, "updated", "update", "good", "--timeout", "5s")
	there(0, "timeout 5s", "inspect", "good")
	there(0, "all is well", "status")
	there(0, "running", "instances")
	there(0, "nothing found", "doctor")
	there(0, "no task fires until", "timeline", "--for", "366d", "good")
	there(0, "run executed task=good", "events")
	there(0, "task.pause", "audit", "--action", "task.pause")
	for _, c := range [][]string{{"good\t", "inspect", "go"}, {"default\ton ", "list", "--in", ""}} {
		if stdout, _ := do(t, 0, append([]string{"__complete", "--server", s.url}, c[1:]...)...); !strings.Contains(stdout, c[0]) {
			t.Errorf("%v: %s", c, stdout)
		}
	}
	there(0, "removed good", "remove", "good")
	there(1, "no such task", "inspect", "good")
	if stdout, _ := do(t, 0, "list", "--store", s.store); strings.Contains(stdout, "good") || !strings.Contains(stdout, "bad") {
		t.Errorf("the store has\n%s", stdout)
	}

	there(2, "start needs the stores themselves", "start")
	there(2, "store copy needs the stores themselves", "store", "copy", "--from", "a", "--to", "b")
	there(2, "store rewrap needs the stores themselves", "store", "rewrap")
	there(2, "a command acts on a server or on stores", "list", "--store", s.store)
	if code := s.end(); code != 0 {
		t.Errorf("exit code %d\n%s", code, s.all.String())
	}
	there(1, "connection refused", "list")
}

func TestEventsOfAServerComeAsTheyHappen(t *testing.T) {
	t.Parallel()
	s := serve(t, "--api=127.0.0.1:0")
	do(t, 0, "add", "--server", s.url, "--id", "often", "--interval", "100ms", "--", "echo")
	out, in := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- cli.Run(t.Context(), []string{"events", "--follow", "--server", s.url, "--kind", "run_ended,scheduler_paused", "--json"}, strings.NewReader(""), in, io.Discard)
		_ = in.Close()
	}()
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.Contains(lines.Text(), `"event":"run_ended"`) || !strings.Contains(lines.Text(), `"task":"often"`) {
		t.Errorf("%s", lines.Text())
	}
	// No store tells that; and as one event has come, the stream is open.
	c, err := client.New(s.url)
	if err == nil {
		err = c.Pause(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	for lines.Scan() && !strings.Contains(lines.Text(), `"event":"scheduler_paused"`) {
	}
	if lines.Text() == "" {
		t.Error("the pause was not told")
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	s.end() // and with the server the events end
	if code := <-done; code != 0 && code != cli.ExitFailure {
		t.Errorf("exit code %d", code)
	}
}

func TestAServerWithTokensLetsNobodyElseIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "tokens")
	make := func(name, role string) (token, inFile string) {
		t.Helper()
		stdout, stderr := do(t, 0, "api-token", "create", name, "--role", role, "--tokens", file)
		if !strings.Contains(stderr, "it is shown this once") {
			t.Errorf("%s", stderr)
		}
		inFile = filepath.Join(dir, name)
		if err := os.WriteFile(inFile, []byte(stdout), 0o600); err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(stdout), inFile
	}
	full, fullFile := make("deploy", "full")
	_, viewer := make("monitoring", "read-only")
	text, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(text), full) {
		t.Errorf("%v: the file of tokens has the token itself: %s", err, text)
	}
	s := serve(t, "--api=127.0.0.1:0", "--tokens", file)
	add := []string{"add", "--server", s.url, "--interval", "1h", "--id"}
	_, stderr := do(t, 1, "list", "--server", s.url)
	if !strings.Contains(stderr, "give a token with --token-file or ASYNCZ_TOKEN") {
		t.Error(stderr)
	}
	do(t, 0, append(add, "a", "--token-file", fullFile, "--", "echo")...)
	do(t, 0, append(add, "b", "--token", full, "--", "echo")...)
	do(t, 0, "list", "--server", s.url, "--token-file", viewer)
	_, stderr = do(t, 1, append(add, "c", "--token-file", viewer, "--", "echo")...)
	if !strings.Contains(stderr, "for reading only") {
		t.Error(stderr)
	}
	stdout, _ := do(t, 0, "audit", "--server", s.url, "--token-file", viewer, "--action", "task.add")
	if !inOrder(stdout, "monitoring", "refused", "deploy", "deploy") {
		t.Errorf("the audit is\n%s", stdout)
	}
	do(t, 2, append(add, "d", "--token", full, "--token-file", fullFile, "--", "echo")...)
	do(t, 2, "list", "--token", full)
}

func TestTokensAreListedAndTakenBack(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "tokens")
	do(t, 0, "api-token", "create", "anna", "--tokens", file, "--expires", "90d", "--json")
	do(t, 0, "api-token", "create", "bot", "--tokens", file)
	stdout, _ := do(t, 0, "api-token", "list", "--tokens", file)
	if !inOrder(stdout, "NAME ", "anna", "read-only", "(in 89d", "bot", "never") {
		t.Errorf("%s", stdout)
	}
	stdout, _ = do(t, 0, "api-token", "list", "--tokens", file, "-o", "yaml")
	if !strings.Contains(stdout, "- name: anna\n") || strings.Contains(stdout, "sha256") {
		t.Errorf("%s", stdout)
	}
	do(t, 0, "api-token", "revoke", "anna", "--tokens", file)
	if stdout, _ = do(t, 0, "api-token", "list", "--tokens", file); strings.Contains(stdout, "anna") {
		t.Errorf("%s", stdout)
	}
	for _, c := range []struct {
		code int
		args string
		says string
	}{
		{1, "revoke anna --tokens " + file, `none of the name "anna"`},
		{1, "create bot --tokens " + file, `two of the name "bot"`},
		{2, "create x --role king --tokens " + file, "king"},
		{2, "create x --expires -1d --tokens " + file, "--expires"},
		{2, "create x", "--tokens is missing"},
		{2, "list", "--tokens is missing"},
	} {
		if _, stderr := do(t, c.code, append([]string{"api-token"}, strings.Fields(c.args)...)...); !strings.Contains(stderr, c.says) {
			t.Errorf("%s: %s", c.args, stderr)
		}
	}
}

func TestUsersAreAddedListedChangedAndRemoved(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(file, []byte("# who may log in\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	as := func(password string, code int, says string, args ...string) {
		t.Helper()
		var out strings.Builder
		got := cli.Run(t.Context(), append([]string{"dashboard-user"}, args...), strings.NewReader(password), &out, &out)
		if got != code || !strings.Contains(out.String(), says) {
			t.Errorf("%v: exit code %d\n%s", args, got, out.String())
		}
	}
	as("correct horse\n", 0, "added the operator anna", "add", "anna", "--role", "operator", "--users", file)
	as("battery staple", 0, "added the viewer ben", "add", "ben", "--users", file)
	before, err := os.ReadFile(file)
	if err != nil || !inOrder("\n"+string(before), "# who may log in\n", "anna:operator:$argon2id$", "ben:viewer:$argon2id$") || strings.Contains(string(before), "horse") {
		t.Errorf("%v\n%s", err, before)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	as("another one\n", 2, `has a user "anna" already; give --replace`, "add", "anna", "--users", file)
	as("another one\n", 0, "changed the operator anna", "add", "anna", "--replace", "--users", file)
	after, _ := os.ReadFile(file)
	if string(before) == string(after) {
		t.Error("the hash is the same")
	}
	as("", 0, "ben   viewer", "list", "--users", file)
	as("", 0, `"role": "operator"`, "list", "--users", file, "--json")
	as("short\n", 2, "a password has 8 to 1024 bytes", "add", "cleo", "--users", file)
	as("long enough\n", 2, "a name has no spaces, colons or hashes", "add", "a:b", "--users", file)
	as("long enough\n", 2, "--role", "add", "cleo", "--role", "king", "--users", file)
	as("", 0, "removed the user anna", "remove", "anna", "--users", file)
	as("", 1, `has no user "anna"`, "remove", "anna", "--users", file)
	as("", 2, "--users is missing", "list")
}

func TestWhatIsListenedOnIsSafeUnlessSaidOtherwise(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	users := filepath.Join(dir, "users")
	var out strings.Builder
	if cli.Run(t.Context(), []string{"dashboard-user", "add", "anna", "--users", users}, strings.NewReader("correct horse"), &out, &out) != 0 {
		t.Fatal(out.String())
	}
	for _, c := range []struct{ flags, says string }{
		{"--dashboard 0.0.0.0:0", "without authentication only this host may be listened on"},
		{"--api 192.0.2.1:0", "without authentication only this host may be listened on"},
		{"--api :0 --dashboard", "--dashboard="},
		{"--dashboard nonsense:port:1", "--dashboard: address"},
		{"--metrics", "--metrics goes with --api"},
		{"--tls-cert x --api", "--tls-cert goes with --tls-key"},
		{"--insecure", "--insecure goes with --api or --dashboard"},
		{"--api --dashboard --users " + users, "the API at the same address would let everybody in; give --tokens too"},
		{"somewhere", `start takes no argument, and "somewhere" was given`},
	} {
		args := append([]string{"start", "--for", "0s", "--store", "memory:"}, strings.Fields(c.flags)...)
		if _, stderr := do(t, 2, args...); !strings.Contains(stderr, c.says) {
			t.Errorf("%s: %s", c.flags, stderr)
		}
	}
}

func TestTheDashboardAndTheAPIMayShareAnAddress(t *testing.T) {
	t.Parallel()
	s := serve(t, "--api", "--dashboard", "127.0.0.1:0", "127.0.0.1:0", "--metrics")
	for path, want := range map[string]string{
		"/":               "text/html",
		"/tasks":          "text/html",
		"/api/v1/tasks":   "application/json",
		"/api/v1/docs":    "text/html",
		"/metrics":        "text/plain",
		"/healthz":        "application/json",
		"/api/v1/nowhere": "application/problem+json",
	} {
		resp, err := http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s %s, want %s", path, resp.Status, got, want)
		}
		resp.Body.Close()
	}
}

func TestTheDashboardOfAFileOfUsersAsksWhoYouAre(t *testing.T) {
	t.Parallel()
	users := filepath.Join(t.TempDir(), "users")
	var out strings.Builder
	if cli.Run(t.Context(), []string{"dashboard-user", "add", "anna", "--users", users}, strings.NewReader("correct horse"), &out, &out) != 0 {
		t.Fatal(out.String())
	}
	s := serve(t, "--dashboard", ":0", "--users", users)
	if !strings.HasPrefix(s.url, "http://127.0.0.1:") {
		t.Errorf("it listens at %s", s.url)
	}
	resp, err := http.Get(s.url + "/tasks")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if !strings.Contains(resp.Request.URL.Path, "login") {
		t.Errorf("%s: %s", resp.Request.URL, resp.Status)
	}
}

func TestAServerIsReachedByTLS(t *testing.T) {
	t.Parallel()
	cert, key := selfSigned(t)
	s := serve(t, "--api=localhost:0", "--tls-cert", cert, "--tls-key", key)
	if !strings.HasPrefix(s.url, "https://localhost:") {
		t.Errorf("it listens at %s", s.url)
	}
	do(t, 0, "list", "--server", s.url, "--ca", cert)
	_, stderr := do(t, 1, "list", "--server", s.url)
	if !strings.Contains(stderr, "certificate") {
		t.Error(stderr)
	}
}

// A program that starts beside the server waits for it.
func TestAServerThatIsNotThereYetIsWaitedFor(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	waiting := inBackground(t, "list", "--server", "http://"+address, "--wait", "10m")
	waiting.until("waiting for the server, for 10m at most")
	inBackground(t, "start", "--store", "memory:", "--api="+address).listens()
	for waiting.said.Scan() { // until it has ended by itself
		t.Errorf("it says %s", waiting.said.Text())
	}
	if code := waiting.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// selfSigned makes a certificate for localhost and its key.
func selfSigned(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}
