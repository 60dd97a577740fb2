package sqlstore

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// mysqlFromURL reads a URL as Open does.
func mysqlFromURL(t *testing.T, url string) (serverURL, settings) {
	t.Helper()
	values, err := configFromURL(url)
	if err != nil {
		t.Fatal(err)
	}
	args, _ := values["connect_args"].(map[string]any)
	options, err := mysqlConnectOptions(args)
	if err != nil {
		t.Fatal(err)
	}
	u, err := parseMySQLURL(values["database"].(string))
	if err != nil {
		t.Fatal(err)
	}
	return u, newSettings(options)
}

// What is fixed stands in each DSN.
const (
	mysqlBefore = "?allowCleartextPasswords=false&allowFallbackToPlaintext=false&allowNativePasswords=true&allowOldPasswords=false&charset=utf8mb4&checkConnLiveness=true"
	mysqlAfter  = "&compress=false&interpolateParams=true&maxAllowedPacket=0&multiStatements=true&timeout=10s"
)

func TestMySQLURLsBecomeDSNs(t *testing.T) {
	for url, want := range map[string]string{
		"mysql://localhost/jobs":                                        "@tcp(localhost:3306)/jobs",
		"mysql://user:secret@db.example.com:3307/jobs":                  "user:secret@tcp(db.example.com:3307)/jobs",
		"mysql+pymysql://user:p%40ss%2Fw%3A%25@host/jobs":               "user:p@ss/w:%@tcp(host:3306)/jobs",
		"mysql+mysqldb://u%40h:x/y?z#@host/jobs":                        "u@h:x/y?z#@tcp(host:3306)/jobs",
		"mysql+aiomysql://user@[2001:db8::1]/jobs":                      "user:@tcp([2001:db8::1]:3306)/jobs",
		"mariadb+mariadbconnector://user@[::1]:3310/jobs":               "user:@tcp([::1]:3310)/jobs",
		"mariadb://user@host":                                           "user:@tcp(host:3306)/",
		"mysql://user:x@/jobs?unix_socket=/run/mysqld/m.sock":           "user:x@unix(/run/mysqld/m.sock)/jobs",
		"mysql+mysqlconnector://u:x@h/a%2Fb":                            "u:x@tcp(h:3306)/a%252Fb",
		"sqlalchemy:mysql+asyncmy://root:@127.0.0.1:3306/x?pool_size=3": "root:@tcp(127.0.0.1:3306)/x",
	} {
		u, s := mysqlFromURL(t, url)
		a, err := newMySQLArgs(s.args)
		if err != nil {
			t.Fatal(err)
		}
		got, err := mysqlDSN(u, a)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(want, "@") {
			want = ":" + want
		}
		if want += mysqlBefore + mysqlAfter; got != want {
			t.Errorf("%s becomes\n%s, want\n%s", url, got, want)
		}
	}
}

func TestMySQLConnectArgsBecomeParametersOfTheDSN(t *testing.T) {
	for query, want := range map[string]string{
		"connect_timeout=2.5":           "timeout=2.5s",
		"read_timeout=3":                "readTimeout=3s",
		"write_timeout=1500ms":          "writeTimeout=1.5s",
		"collation=utf8mb4_unicode_ci":  "collation=utf8mb4_unicode_ci",
		"program_name=my+jobs":          "connectionAttributes=program_name%3Amy+jobs",
		"compress=true":                 "compress=true",
		"tls=skip-verify":               "tls=skip-verify",
		"checkConnLiveness=false":       "checkConnLiveness=false",
		"allowCleartextPasswords=1":     "allowCleartextPasswords=true",
		"connectionAttributes=a:b&x=":   "",
		"serverPubKey=mine":             "serverPubKey=mine",
		"allowFallbackToPlaintext=true": "allowFallbackToPlaintext=true",
		"allowOldPasswords=true":        "allowOldPasswords=true",
		"allowNativePasswords=false":    "allowNativePasswords=false",
		"connectionAttributes=a:b":      "connectionAttributes=a%3Ab",
	} {
		u, s := mysqlFromURL(t, "mysql://h/db?"+query)
		a, err := newMySQLArgs(s.args)
		if want == "" {
			if err == nil {
				t.Errorf("%s is accepted", query)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := mysqlDSN(u, a); err != nil || !strings.Contains(got+"&", want+"&") {
			t.Errorf("%s becomes %s (%v), want %s in it", query, got, err, want)
		}
	}
}

func TestMySQLURLsThatCannotBeAreRefused(t *testing.T) {
	for url, words := range map[string]string{
		"mysql://a,b/db":                "2 hosts",
		"mysql://us%3Aer:S3CRET@h/db":   "colon",
		"mysql://user:S3CRET@h:port/db": "port",
		"mysql+psycopg2://user@h/db":    "psycopg2",
		"mysql://user:S3CRET%ZZ@h/db":   "%25",
	} {
		_, err := configFromURL(url)
		if err == nil || !errors.Is(err, store.ErrConfig) || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "S3CRET") {
			t.Errorf("%s is refused with %v, want it to say %q", url, err, words)
		}
	}
}

func TestMySQLVersionsThatLackSomethingAreRefused(t *testing.T) {
	for version, want := range map[string]string{
		"10.11.19-MariaDB-0+deb12u1": "", "5.5.5-10.6.0-MariaDB": "", "11.8.2-MariaDB-ubu2404": "", "12.0.1-MariaDB": "",
		"8.0.19": "ROW", "8.0.36-28": "ROW", "8.4.10": "ROW", "9.1.0-commercial": "ROW",
		"8.0.18": "refused", "5.7.44-log": "refused", "10.5.29-MariaDB": "refused", "5.5.5-10.4.1-MariaDB": "refused", "8.0.11-TiDB-v8.5.0": "refused",
	} {
		got, err := mysqlVersion(version)
		if err != nil {
			got = "refused"
			if !errors.Is(err, store.ErrConfig) || !strings.Contains(err.Error(), version) {
				t.Errorf("%s is refused with %v", version, err)
			}
		}
		if got != want {
			t.Errorf("%s gives %q, want %q", version, got, want)
		}
	}
}

// mysqlError has the shape of the driver's error.
type mysqlError struct {
	Number  uint16
	Message string
}

func (e *mysqlError) Error() string { return fmt.Sprintf("Error %d: %s", e.Number, e.Message) }

func TestMySQLErrorsAreKnownWhateverIsAroundThem(t *testing.T) {
	deadlock := &mysqlError{1213, "Deadlock found"}
	full := &mysqlError{1030, `Got error 28 "No space left on device" from storage engine InnoDB`}
	for _, c := range []struct {
		err                        error
		repeat, away, config, drop bool
		advice                     string
	}{
		{err: deadlock, repeat: true},
		{err: errors.Join(fmt.Errorf("batch: %w", deadlock), nil), repeat: true},
		{err: errors.Join(io.EOF, deadlock), repeat: true},
		{err: full, advice: "disk is full"},
		{err: &mysqlError{1114, "The table 't' is full"}, advice: "make room"},
		{err: &mysqlError{1290, "The MariaDB server is running with the --read-only option"}, drop: true, advice: "read-only"},
		{err: &mysqlError{1040, "Too many connections"}, away: true, advice: "max_connections"},
		{err: &mysqlError{1045, "Access denied"}, config: true, advice: "password"},
		{err: &mysqlError{1153, "Got a packet bigger"}, advice: "max_allowed_packet"},
		{err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, away: true},
		{err: &net.DNSError{Name: "h", Err: "no such host"}, away: true},
		{err: io.ErrUnexpectedEOF, away: true},
		{err: errors.New("invalid connection"), away: true},
		{err: errors.New("sql: Scan error")},
		{err: &mysqlError{1064, "You have an error in your SQL syntax"}},
	} {
		got := (&mysql{}).trouble(c.err)
		if got.repeat != c.repeat || got.away != c.away || got.config != c.config || got.drop != c.drop || !strings.Contains(got.advice, c.advice) {
			t.Errorf("%v means %+v", c.err, got)
		}
	}
}

// A driver that is not there is named by what to import for it.
func TestMySQLWithoutADriverNamesTheImport(t *testing.T) {
	_, err := Open(t.Context(), "mysql://h/db")
	if err == nil || !strings.Contains(err.Error(), `_ "github.com/go-asyncz/asyncz/store/sqlstore/mysql"`) {
		t.Errorf("the error is %v", err)
	}
}

// authority makes certificates for a server by the name of db.example.com.
func authority(t *testing.T) (ca string, pair tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{"db.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return ca, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestMySQLVerifiesWhatTheSSLParametersSay(t *testing.T) {
	ca, pair := authority(t)
	other, _ := authority(t)
	for _, c := range []struct {
		query string
		good  bool
	}{
		{"ssl_ca=" + ca, true},
		{"ssl_ca=" + other, false},
		{"ssl=true", false}, // the system does not know the authority
		{"ssl_mode=REQUIRED", true},
		{"ssl=true&ssl_verify_cert=false", true},
		{"ssl_mode=VERIFY_CA&ssl_ca=" + other, false},
		{"ssl_mode=verify_identity&ssl_ca=" + ca, true},
	} {
		for host, named := range map[string]bool{"db.example.com": true, "10.0.0.1": false} {
			// who asks for the name to be verified gets it refused under another
			verifiesName := !strings.Contains(c.query, "REQUIRED") && !strings.Contains(c.query, "VERIFY_CA") && !strings.Contains(c.query, "=false")
			want := c.good && (named || !verifiesName)
			u, s := mysqlFromURL(t, "mysql://"+host+"/db?"+c.query)
			checkHandshake(t, u, s, pair, c.query+" at "+host, want)
		}
	}
	u, s := mysqlFromURL(t, "mysql://10.0.0.1/db?ssl_mode=VERIFY_CA&ssl_ca="+ca)
	checkHandshake(t, u, s, pair, "VERIFY_CA", true)
	u, s = mysqlFromURL(t, "mysql://10.0.0.1/db?ssl_verify_identity=false&ssl_ca="+ca)
	checkHandshake(t, u, s, pair, "ssl_verify_identity=false", true)
}

func checkHandshake(t *testing.T, u serverURL, s settings, pair tls.Certificate, what string, want bool) {
	t.Helper()
	a, err := newMySQLArgs(s.args)
	if err != nil {
		t.Fatal(err)
	}
	config, err := a.tlsConfig(u)
	if err != nil || config == nil {
		t.Fatal(config, err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			io.Copy(io.Discard, c)
			c.Close()
		}
	}()
	here, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	if err := tls.Client(here, config).Handshake(); (err == nil) != want {
		t.Errorf("%s: the handshake ends with %v", what, err)
	}
}
