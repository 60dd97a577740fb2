package postgres_test

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
	s, err := sqlstore.Open(ctx, "postgresql://app@db.example/app?sslmode=verify-full", sqlstore.WithTable("jobs.tasks"))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	if err := s.Add(ctx, store.Record{ID: "backup", Due: time.Now(), Executor: "default"}); err != nil {
		log.Fatal(err)
	}
	claimed, err := s.Claim(ctx, store.DueQuery{At: time.Now(), Executors: []string{"default"}, Limit: 100}, time.Now().Add(time.Minute))
	fmt.Println(len(claimed), err)
}

func Example_new() {
	ctx := context.Background()
	db, err := sql.Open("pgx", "postgresql://app@db.example/app")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	s, err := sqlstore.New(ctx, db, "postgres")
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close() // leaves db open
	next, err := s.NextDue(ctx, nil)
	fmt.Println(next, err)
}
