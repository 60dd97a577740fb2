package api_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/api"
	"github.com/go-asyncz/asyncz/api/client"
	"github.com/tmaxmax/go-sse"
)

func TestAnAddressWithoutAHostIsThisHost(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"": "127.0.0.1:8642", ":9000": "127.0.0.1:9000", "localhost": "localhost:8642", "0.0.0.0": "0.0.0.0:8642",
		"[::1]": "[::1]:8642", "[::1]:9": "[::1]:9", "ops.example:": "ops.example:8642", "192.0.2.1:80": "192.0.2.1:80",
	} {
		if got, err := api.Address(addr); err != nil || got != want {
			t.Errorf("%q: %q, %v", addr, got, err)
		}
	}
	for _, addr := range []string{"a:b:c", "http://localhost", "[::1"} {
		if got, err := api.Address(addr); err == nil {
			t.Errorf("%q is taken for %q", addr, got)
		}
	}
}

func TestWithoutAuthenticationNobodyElseIsListenedTo(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"", ":0", "127.0.0.1:0", "localhost:0", "[::1]:0", "127.9.9.9"} {
		if err := api.CheckExposure(addr, false, false); err != nil {
			t.Errorf("%q: %v", addr, err)
		}
	}
	for _, addr := range []string{"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "ops.example:0", "localhost.example:0", "*:0"} {
		if err := api.CheckExposure(addr, false, false); !errors.Is(err, api.ErrExposed) {
			t.Errorf("%q: %v", addr, err)
		}
		if err := errors.Join(api.CheckExposure(addr, true, false), api.CheckExposure(addr, false, true)); err != nil {
			t.Errorf("%q: %v", addr, err)
		}
		if l, err := (api.Endpoint{Address: addr}).Listen(t.Context()); !errors.Is(err, api.ErrExposed) {
			if l != nil {
				l.Close()
			}
			t.Errorf("%q is listened on: %v", addr, err)
		}
	}
}

func TestTokensInTheClearAreWarnedOf(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	l, err := api.Endpoint{Address: "0.0.0.0:0", Authenticated: true, Logger: logger}.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if !strings.Contains(log.String(), "for all to read") {
		t.Errorf("the log has %q", log.String())
	}
}

// certify writes a certificate of localhost and its key, and returns their names.
func certify(t *testing.T, dir string, serial int64) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "asyncz test"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestTheClientTalksToTheServerByTLS(t *testing.T) {
	t.Parallel()
	r := start(t)
	cert, key := certify(t, t.TempDir(), 1)
	e := api.Endpoint{Address: "127.0.0.1:0", Authenticated: true, Certificate: cert, Key: key}
	l, err := e.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Serve(ctx, l, r.server, r.server.Close) }()
	url := e.Scheme() + "://" + l.Addr().String()
	c, err := client.New(url, client.WithToken(r.token), client.WithCAFile(cert))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := c.Scheduler(t.Context()); err != nil || info.Caller != "full" || info.Role != "full" {
		t.Errorf("got %+v, %v", info, err)
	}
	stranger, err := client.New(url, client.WithToken(r.token))
	if err != nil {
		t.Fatal(err)
	}
	var unknown x509.UnknownAuthorityError
	if _, err := stranger.Nodes(t.Context()); !errors.As(err, &unknown) {
		t.Errorf("a certificate that nobody vouches for is accepted: %v", err)
	}
	if err := stream(t, url, r.token, cert, stop); err != nil { // one that is open does not keep the server up
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// stream follows the events; when they have begun it calls a function, and then
// waits for their end.
func stream(t *testing.T, server, token, cert string, begun func()) error {
	t.Helper()
	pool := x509.NewCertPool()
	text, err := os.ReadFile(cert)
	if err != nil || !pool.AppendCertsFromPEM(text) {
		return err
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server+"/api/v1/events", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true} //nolint:gosec // a test
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.ProtoMajor != 2 {
		t.Errorf("the protocol is %s", resp.Proto)
	}
	last := ""
	for m, err := range sse.Read(resp.Body, nil) {
		if err != nil {
			return err
		}
		if last = m.Type; last == "open" {
			begun()
		}
	}
	if last != "end" {
		t.Errorf("the last message is %q", last)
	}
	return nil
}

func TestACertificateWithoutItsKeyIsRefused(t *testing.T) {
	t.Parallel()
	cert, key := certify(t, t.TempDir(), 1)
	_, other := certify(t, t.TempDir(), 2)
	for _, e := range []api.Endpoint{
		{Certificate: cert}, {Key: key}, {Certificate: cert, Key: other}, {Certificate: "/nowhere.pem", Key: key},
	} {
		e.Address = "127.0.0.1:0"
		if l, err := e.Listen(t.Context()); err == nil {
			l.Close()
			t.Errorf("%+v is listened on", e)
		}
	}
}

func TestATokenDoesNotGoInTheClearToOthers(t *testing.T) {
	t.Parallel()
	for server, ok := range map[string]bool{
		"http://localhost:8642": true, "http://127.0.0.1": true, "http://[::1]:1": true, "https://ops.example/asyncz": true,
		"http://ops.example": false, "http://localhost.example": false, "ops.example:8642": false, "ftp://localhost": false,
		"https://user@ops.example": false, "https://ops.example?x=1": false, "": false,
	} {
		if _, err := client.New(server, client.WithToken("asz_x")); (err == nil) != ok {
			t.Errorf("%q: %v", server, err)
		}
	}
	if _, err := client.New("http://ops.example", client.WithToken("asz_x"), client.WithPlainText()); err != nil {
		t.Error(err)
	}
}
