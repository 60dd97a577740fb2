package sqlstore

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// tlsConfig makes what the ssl_ parameters ask for; nil is no TLS, or that of
// the driver's own parameter tls.
func (a *mysqlArgs) tlsConfig(u serverURL) (*tls.Config, error) {
	wanted := a.SSL || a.SSLCA+a.SSLCert+a.SSLKey != ""
	switch mode := strings.ToUpper(strings.ReplaceAll(a.SSLMode, "-", "_")); mode {
	case "":
		wanted = wanted && !a.SSLDisabled
	case "DISABLED":
		wanted = false
	case "PREFERRED":
		if wanted {
			return nil, fmt.Errorf("%w: ssl_mode PREFERRED goes without other ssl_ parameters; write REQUIRED", store.ErrConfig)
		}
		a.TLS = "preferred"
	case "REQUIRED":
		wanted, a.SSLVerifyCert = true, false
	case "VERIFY_CA":
		wanted, a.SSLVerifyCert, a.SSLVerifyIdentity = true, true, false
	case "VERIFY_IDENTITY":
		wanted, a.SSLVerifyCert, a.SSLVerifyIdentity = true, true, true
	default:
		return nil, fmt.Errorf("%w: ssl_mode %q: there are DISABLED, PREFERRED, REQUIRED, VERIFY_CA and VERIFY_IDENTITY", store.ErrConfig, a.SSLMode)
	}
	if !wanted {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(u.hosts) > 0 {
		config.ServerName, _, _ = net.SplitHostPort(u.hosts[0])
	}
	if !a.SSLVerifyCert || !a.SSLVerifyIdentity {
		config.InsecureSkipVerify = true //nolint:gosec // asked for by name; what was not is verified below
	}
	if a.SSLVerifyCert && !a.SSLVerifyIdentity {
		config.VerifyConnection = func(s tls.ConnectionState) error { return verifyChain(config.RootCAs, s) }
	}
	return config, a.certificates(config)
}

// certificates reads the files that the parameters name.
func (a *mysqlArgs) certificates(config *tls.Config) error {
	if a.SSLCA != "" {
		pem, err := os.ReadFile(a.SSLCA)
		if err != nil {
			return fmt.Errorf("%w: ssl_ca: %w", store.ErrConfig, err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("%w: ssl_ca: %s holds no certificate in PEM", store.ErrConfig, a.SSLCA)
		}
	}
	if a.SSLCert == "" && a.SSLKey == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(a.SSLCert, a.SSLKey)
	if err != nil {
		return fmt.Errorf("%w: ssl_cert and ssl_key: %w", store.ErrConfig, err)
	}
	config.Certificates = []tls.Certificate{pair}
	return nil
}

// verifyChain verifies all but the name of the server.
func verifyChain(roots *x509.CertPool, s tls.ConnectionState) error {
	if len(s.PeerCertificates) == 0 {
		return errors.New("the server has sent no certificate")
	}
	between := x509.NewCertPool()
	for _, c := range s.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
	return err
}
