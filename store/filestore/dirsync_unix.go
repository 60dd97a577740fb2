//go:build !windows

package filestore

import (
	"errors"
	"os"
	"syscall"
)

// syncDir makes the names in a directory survive a loss of power. A file system
// that has no such thing says so, and there is nothing more to be done.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
