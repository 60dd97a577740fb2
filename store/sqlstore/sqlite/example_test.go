package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

func Example_open() {
	ctx := context.Background()
	s, err := sqlstore.Open(ctx, "sqlite:///:memory:", sqlstore.WithTable("jobs"))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	if err := s.Add(ctx, store.Record{ID: "backup", Due: time.Now(), Executor: "default"}); err != nil {
		log.Fatal(err)
	}
	r, err := s.Get(ctx, "backup")
	fmt.Println(s.Namespace(), r.ID, r.Rev, err)
	// Output: sql/jobs backup 1 <nil>
}

func Example_new() {
	ctx := context.Background()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // a database in memory lives in its one connection
	s, err := sqlstore.New(ctx, db, "sqlite")
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	next, err := s.NextDue(ctx, nil)
	fmt.Println(next.IsZero(), err)
	// Output: true <nil>
}
