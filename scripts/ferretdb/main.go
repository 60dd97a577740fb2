// Command ferretdb is the MongoDB of the tests where there is no mongod: FerretDB
// v1, which speaks MongoDB's protocol and keeps its documents in SQLite, behind a
// front that passes one command at a time.
//
// The front makes up for what sets FerretDB apart from MongoDB here: its
// conditional writes are not atomic when several run at once.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"

	"github.com/go-asyncz/asyncz/scripts/ferretdb/front"
)

// socket is where FerretDB itself listens. It is relative to the data folder,
// because the path of a socket may have about a hundred bytes only.
const socket = "ferretdb.sock"

func main() {
	listen := flag.String("listen", "127.0.0.1:27017", "host and port of the front")
	data := flag.String("data", "", "folder of the databases")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, *listen, *data); err != nil {
		fmt.Fprintln(os.Stderr, "ferretdb:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, listen, data string) error {
	if data == "" {
		return errors.New("say with -data in which folder the databases are")
	}
	if err := os.Chdir(data); err != nil {
		return err
	}
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	db, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{Unix: socket},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Handler:   "sqlite",
		SQLiteURL: "file:./?_pragma=synchronous(off)",
	})
	if err != nil {
		return err
	}
	clients, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	defer clients.Close()
	f := &front.Front{Dial: func() (net.Conn, error) { return (&net.Dialer{}).DialContext(ctx, "unix", socket) }}
	go f.Serve(clients)
	return db.Run(ctx)
}
