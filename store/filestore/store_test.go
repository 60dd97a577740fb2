package filestore_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
	"github.com/go-asyncz/asyncz/storetest"
)

func TestStoreKeepsThePromisesOfAStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Harness{
		Bulk: 300, // each is flushed to the disk
		New: func(tb testing.TB) storetest.Place {
			dir := tb.TempDir()
			return storetest.Place{
				Open: func() (store.Store, error) { return filestore.New(dir) },
				Corrupt: func(id string) error {
					path := filepath.Join(dir, filestore.FileName(id, ".task"))
					return os.Truncate(path, 20)
				},
			}
		},
	})
}
