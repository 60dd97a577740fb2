package api

import (
	"crypto/tls"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// A keyPair is a certificate with its key, in two files that are read again when
// they change. While the new ones can't be read, or do not belong together yet,
// the old certificate stays.
type keyPair struct {
	files  [2]string // the certificate, the key
	logger *slog.Logger

	mu     sync.Mutex
	cert   *tls.Certificate
	stamps [2]fs.FileInfo
	looked time.Time
}

// lookEvery is how often the files are looked at, when somebody connects.
const lookEvery = 10 * time.Second

func newKeyPair(cert, key string, logger *slog.Logger) (*keyPair, error) {
	p := &keyPair{files: [2]string{cert, key}, logger: logger}
	if err := p.read(time.Now()); err != nil {
		return nil, err
	}
	return p, nil
}

// read reads the files if they are not those that were read.
func (p *keyPair) read(now time.Time) error {
	p.looked = now
	var stamps [2]fs.FileInfo
	same := p.cert != nil
	for i, name := range p.files {
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("certificate: %w", err)
		}
		stamps[i] = info
		same = same && os.SameFile(info, p.stamps[i]) && info.ModTime().Equal(p.stamps[i].ModTime()) && info.Size() == p.stamps[i].Size()
	}
	if same {
		return nil
	}
	cert, err := tls.LoadX509KeyPair(p.files[0], p.files[1])
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", p.files[0], p.files[1], err)
	}
	p.cert, p.stamps = &cert, stamps
	return nil
}

// get is [tls.Config.GetCertificate].
func (p *keyPair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.looked).Abs() >= lookEvery {
		if err := p.read(now); err != nil {
			p.logger.Warn("the certificate has changed and can't be read; the old one stays", "error", err)
		}
	}
	return p.cert, nil
}
