package asyncz

import (
	"fmt"
	"os"

	"github.com/go-asyncz/asyncz/seal"
)

// The environment variables from which keys are read when [WithEncryptionKey] is
// not given. This file is the only one of the library that reads the environment.
const (
	EnvKey     = "ASYNCZ_STORE_ENCRYPTION_KEY"      // seals and opens
	EnvOldKeys = "ASYNCZ_STORE_ENCRYPTION_KEY_OLD"  // only open; one a line
	EnvKeyFile = "ASYNCZ_STORE_ENCRYPTION_KEY_FILE" // a file that holds what EnvKey would
)

type keyring struct{ ring *seal.Ring }

// WithEncryptionKey encrypts durable stores with this value, whatever the
// environment says; the old values only open what was sealed with them. An
// empty value means no encryption.
func WithEncryptionKey(value string, old ...string) Option {
	return func(c *settings) error {
		ring, err := newRing(value, old)
		c.key = &keyring{ring}
		return err
	}
}

func newRing(value string, old []string) (*seal.Ring, error) {
	if value == "" && len(old) == 0 {
		return nil, nil
	}
	if value == "" {
		return nil, fmt.Errorf("%w: there are old keys in %s but no key in %s to seal with", ErrOption, EnvOldKeys, EnvKey)
	}
	return seal.NewRing(value, old...)
}

// keysFromEnvironment returns the keys that the environment names, nil for none.
func keysFromEnvironment() (*seal.Ring, error) {
	value, file := os.Getenv(EnvKey), os.Getenv(EnvKeyFile)
	if value != "" && file != "" {
		return nil, fmt.Errorf("%w: both %s and %s are set; set one", ErrOption, EnvKey, EnvKeyFile)
	}
	if file != "" {
		b, err := os.ReadFile(file) //nolint:gosec // reading the file that the operator names is what the variable is for
		if err != nil {
			return nil, fmt.Errorf("%s: %w", EnvKeyFile, err)
		}
		if value = seal.FromFile(b); value == "" {
			return nil, fmt.Errorf("%s: the file %s is empty", EnvKeyFile, file)
		}
	}
	return newRing(value, seal.ParseOld(os.Getenv(EnvOldKeys)))
}
