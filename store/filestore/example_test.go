package filestore_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
)

func ExampleNew() {
	parent, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(parent)

	s, err := filestore.New(filepath.Join(parent, "tasks"))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	ctx := context.Background()
	due := time.Date(2030, time.May, 6, 2, 0, 0, 0, time.UTC)
	if err := s.Add(ctx, store.Record{ID: "Nightly backup", Due: due, Executor: "default", Data: []byte("…")}); err != nil {
		log.Fatal(err)
	}
	next, err := s.NextDue(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(next)

	files, err := filepath.Glob(filepath.Join(parent, "tasks", "*.task"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(filepath.Base(files[0]))
	// Output:
	// 2030-05-06 02:00:00 +0000 UTC
	// nightly-backup-bbf4051a959ed2648fd5f6feb602d0fe.task
}

// The directory is readable by a group, the files end in ".job", and all of it
// goes with the store.
func ExampleNew_options() {
	parent, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(parent)

	directory := filepath.Join(parent, "tasks")
	s, err := filestore.New(directory,
		filestore.WithMode(0o750),
		filestore.WithSuffix(".job"),
		filestore.WithCleanupDirectory(),
	)
	if err != nil {
		log.Fatal(err)
	}
	if err := s.Close(); err != nil {
		log.Fatal(err)
	}
	_, err = os.Stat(directory)
	fmt.Println(os.IsNotExist(err))
	// Output: true
}
