package sqlstore

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"

	"github.com/go-asyncz/asyncz/store"
)

// registerTLS makes a TLS configuration known to the driver for MySQL.
var registerTLS atomic.Pointer[func(name string, config *tls.Config) error]

// UseMySQLTLS hands over the function by which the driver for MySQL takes TLS
// configurations under a name. Package store/sqlstore/mysql calls it in init;
// who imports the driver alone can have TLS with the certificates of the system
// only.
func UseMySQLTLS(register func(name string, config *tls.Config) error) { registerTLS.Store(&register) }

// tlsMode is the value of the driver's parameter tls; "" is the driver's default.
func (a mysqlArgs) tlsMode() (string, error) {
	files := a.SSLCA + a.SSLCert + a.SSLKey
	mode := strings.ToUpper(strings.ReplaceAll(a.SSLMode, "-", "_"))
	switch mode {
	case "":
		if a.SSLDisabled || files == "" && !a.SSL {
			return "", nil
		}
	case "DISABLED":
		return "", nil
	case "PREFERRED":
		if files == "" {
			return "preferred", nil
		}
		return "", fmt.Errorf("%w: ssl_mode PREFERRED goes without certificates; write REQUIRED", store.ErrConfig)
	case "REQUIRED":
		a.SSLVerifyCert = false
	case "VERIFY_CA":
		a.SSLVerifyCert, a.SSLVerifyIdentity = true, false
	case "VERIFY_IDENTITY":
		a.SSLVerifyCert, a.SSLVerifyIdentity = true, true
	default:
		return "", fmt.Errorf("%w: ssl_mode %q: there are DISABLED, PREFERRED, REQUIRED, VERIFY_CA and VERIFY_IDENTITY", store.ErrConfig, a.SSLMode)
	}
	switch {
	case files == "" && !a.SSLVerifyCert:
		return "skip-verify", nil
	case files == "" && a.SSLVerifyIdentity:
		return "true", nil
	}
	return a.tlsConfig()
}

// tlsConfig makes a configuration from files and registers it with the driver.
func (a mysqlArgs) tlsConfig() (name string, err error) {
	register := registerTLS.Load()
	if register == nil {
		return "", fmt.Errorf(`%w: the ssl_ parameters need the import _ "%s" instead of the driver's own`, store.ErrConfig, mysqlImport)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if a.SSLCA != "" {
		pem, err := os.ReadFile(a.SSLCA)
		if err != nil {
			return "", fmt.Errorf("%w: ssl_ca: %w", store.ErrConfig, err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return "", fmt.Errorf("%w: ssl_ca: %s holds no certificate in PEM", store.ErrConfig, a.SSLCA)
		}
	}
	if a.SSLCert != "" || a.SSLKey != "" {
		pair, err := tls.LoadX509KeyPair(a.SSLCert, a.SSLKey)
		if err != nil {
			return "", fmt.Errorf("%w: ssl_cert and ssl_key: %w", store.ErrConfig, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if !a.SSLVerifyCert || !a.SSLVerifyIdentity {
		config.InsecureSkipVerify = true //nolint:gosec // asked for by name; the next lines verify the rest
	}
	if a.SSLVerifyCert && !a.SSLVerifyIdentity {
		config.VerifyConnection = func(s tls.ConnectionState) error { return verifyChain(config.RootCAs, s) }
	}
	// the driver keeps what it was given; the same files have the same name
	name = fmt.Sprintf("asyncz-%x", sha256.Sum256(fmt.Append(nil, a.SSLCA, "\x00", a.SSLCert, "\x00", a.SSLKey, a.SSLVerifyCert, a.SSLVerifyIdentity)))
	return name, (*register)(name, config)
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
