package place

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/disk"
)

type sqliteFile struct{ path string }

func openSQLite(url string) (Server, error) {
	path, err := Path(url)
	return sqliteFile{path}, err
}

// Path is the file that a URL of SQLite names.
func Path(url string) (string, error) {
	path, ok := strings.CutPrefix(url, "sqlite:///")
	if !ok || path == "" {
		return "", fmt.Errorf("the URL %q of SQLite does not start with sqlite:/// and a path", url)
	}
	return path, nil
}

// Facts tells the file system, because one in memory keeps nothing.
func (s sqliteFile) Facts(ctx context.Context) (Facts, error) {
	usage, err := disk.UsageWithContext(ctx, filepath.Dir(s.path))
	if err != nil {
		return nil, err
	}
	return Facts{"file system": usage.Fstype}, nil
}

func (s sqliteFile) Wipe(context.Context) error {
	for _, end := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(s.path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Settle has nothing to wait for: SQLite does nothing by itself.
func (sqliteFile) Settle(context.Context) error { return nil }

// CPU has nothing to add: SQLite works in the process that is measured.
func (sqliteFile) CPU(context.Context) (time.Duration, error) { return 0, ErrUnknown }
func (sqliteFile) Close()                                     {}
