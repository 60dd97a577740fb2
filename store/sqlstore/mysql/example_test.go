package mysql_test

import (
	"context"
	"database/sql"
	"log"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// A scheduler whose tasks are in a database on a server, which any number of
// its kind may share.
func Example() {
	ctx := context.Background()
	s, err := asyncz.New(ctx, asyncz.WithStoreURL("default", "mysql://user:password@db.example.com/jobs?pool_pre_ping=true"))
	if err != nil {
		log.Fatal(err)
	}
	if err := s.Start(ctx); err != nil {
		log.Fatal(err)
	}
	defer s.Shutdown(ctx)
}

// A database that the program uses for other things too. With these two
// parameters a claim and a batch are one round trip each.
func Example_database() {
	ctx := context.Background()
	db, err := sql.Open("mysql", "user:password@tcp(db.example.com)/jobs?multiStatements=true&interpolateParams=true")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	tasks, err := sqlstore.New(ctx, db, "mysql", sqlstore.WithTable("jobs.asyncz_store"))
	if err != nil {
		log.Fatal(err)
	}
	s, err := asyncz.New(ctx, asyncz.WithStore("default", tasks))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Shutdown(ctx)
}
