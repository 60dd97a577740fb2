package redisstore_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/redisstore"
)

// An authority makes certificates.
type authority struct {
	tb   testing.TB
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(tb testing.TB) *authority {
	a := &authority{tb: tb, dir: tb.TempDir()}
	a.key, a.cert = a.issue("ca", &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name+".pem") }

// issue writes a certificate and its key to files.
func (a *authority) issue(name string, t *x509.Certificate) (*ecdsa.PrivateKey, *x509.Certificate) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(a.tb, err)
	t.SerialNumber, t.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: name}
	t.NotBefore, t.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = t, key
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, &key.PublicKey, signer)
	must(a.tb, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	must(a.tb, err)
	must(a.tb, os.WriteFile(a.file(name), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(a.tb, os.WriteFile(a.file(name+"-key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	cert, err := x509.ParseCertificate(der)
	must(a.tb, err)
	return key, cert
}

func TestTLS(t *testing.T) {
	t.Parallel()
	ours, stranger := newAuthority(t), newAuthority(t)
	ours.issue("server", &x509.Certificate{DNSNames: []string{"redis.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
	ours.issue("client", &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	port := freePort(t)
	newServer(t, "--tls-port", port, "--tls-cert-file", ours.file("server"), "--tls-key-file", ours.file("server-key"), "--tls-ca-cert-file", ours.file("ca"))
	address := "127.0.0.1:" + port

	pair, err := tls.LoadX509KeyPair(ours.file("client"), ours.file("client-key"))
	must(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(ours.cert)
	files := "tls_ca=" + ours.file("ca") + "&tls_cert=" + ours.file("client") + "&tls_key=" + ours.file("client-key")
	for name, open := range map[string]func() (store.Store, error){
		"rediss URL": func() (store.Store, error) { return openURL("rediss://" + address + "?" + files) },
		"redis URL with tls": func() (store.Store, error) {
			return openURL("redis://" + address + "?tls=true&tls_server_name=redis.test&" + files)
		},
		"map": func() (store.Store, error) {
			return store.Open(bg, map[string]any{
				"type": "redis", "host": "127.0.0.1", "port": port, "tls": true,
				"tls_ca": ours.file("ca"), "tls_cert": ours.file("client"), "tls_key": ours.file("client-key"),
			})
		},
		"type rediss": func() (store.Store, error) {
			return store.Open(bg, map[string]any{
				"type": "rediss", "host": "127.0.0.1", "port": port,
				"tls_ca": ours.file("ca"), "tls_cert": ours.file("client"), "tls_key": ours.file("client-key"),
			})
		},
		"option": func() (store.Store, error) {
			return redisstore.Open(bg, "redis://"+address, redisstore.WithTLS(&tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}))
		},
	} {
		s, err := open()
		if err != nil {
			t.Errorf("by %s: %v", name, err)
			continue
		}
		add(t, s, task("by "+name))
		must(t, s.Close())
	}

	_, err = openURL("rediss://" + address)
	says(t, err, store.ErrConfig, "certificate", "tls_ca", address)
	_, err = store.Open(bg, map[string]any{"type": "rediss", "host": "127.0.0.1", "port": port})
	says(t, err, store.ErrConfig, "certificate")
	_, err = openURL("rediss://" + address + "?tls_ca=" + stranger.file("ca"))
	says(t, err, store.ErrConfig, "certificate", "tls_ca")
	_, err = openURL("rediss://" + address + "?tls_server_name=other.test&" + files)
	says(t, err, store.ErrConfig, "certificate", "tls_server_name")
	_, err = openURL("rediss://" + address + "?tls_ca=" + ours.file("client-key"))
	says(t, err, store.ErrConfig, "tls_ca", "holds no certificate")
}
