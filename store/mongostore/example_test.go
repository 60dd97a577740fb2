package mongostore_test

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/mongostore"
)

func ExampleOpen() {
	ctx := context.Background()
	s, err := mongostore.Open(ctx, "mongodb://h1,h2,h3/asyncz?replicaSet=rs0&collection=billing")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
}

// A client of the program's own is used and left open.
func ExampleNew() {
	ctx := context.Background()
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://localhost:27017"))
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := mongostore.New(ctx, client, mongostore.WithDatabase("billing"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
}

// An unknown parameter is an error, as everywhere.
func ExampleOpen_typo() {
	config, err := store.ConfigFromURL("mongodb://localhost/asyncz?colection=tasks")
	if err == nil {
		_, err = store.Open(context.Background(), config)
	}
	fmt.Println(err)
	// Output:
	// store configuration: unknown parameter "colection" in the URI mongodb://localhost/asyncz; known are collection, connect_timeout, database and those of MongoDB's connection strings
}
