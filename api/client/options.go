package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// An Option is a setting of a [Client].
type Option func(*Client) error

// WithToken is who asks: the secret that asyncz api-token, or api.NewToken, has made.
func WithToken(secret string) Option {
	return func(c *Client) error {
		if strings.ContainsAny(secret, " \t\r\n") {
			return errors.New("token: it has white space in it")
		}
		c.token = secret
		return nil
	}
}

// WithHTTPClient says by which HTTP client requests go, for a proxy, a time limit
// or a certificate of one's own. Its redirects are followed only if it has a
// CheckRedirect. It comes before WithCAFile.
func WithHTTPClient(h *http.Client) Option {
	return func(c *Client) error { c.http = h; return nil }
}

// WithCAFile trusts the certificates in a PEM file, beside those that the system trusts.
func WithCAFile(path string) Option {
	return func(c *Client) error {
		pem, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("certificates: %w", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return fmt.Errorf("certificates: %s has none in PEM form", path)
		}
		return c.trust(pool)
	}
}

func (c *Client) trust(pool *x509.CertPool) error {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if c.http.Transport != nil {
		transport, ok = c.http.Transport.(*http.Transport)
	}
	if !ok {
		return fmt.Errorf("certificates: they can't be given to a transport of the type %T", c.http.Transport)
	}
	transport = transport.Clone()
	if transport.TLSClientConfig == nil {
		transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	transport.TLSClientConfig.RootCAs = pool
	changed := *c.http
	changed.Transport = transport
	c.http = &changed
	return nil
}

// WithPlainText lets the token go over http to other hosts, where all on the way
// can read it and use it.
func WithPlainText() Option {
	return func(c *Client) error { c.plainText = true; return nil }
}

// WithUserAgent says which program asks.
func WithUserAgent(name string) Option {
	return func(c *Client) error { c.agent = name; return nil }
}
