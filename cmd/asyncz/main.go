// Command asyncz fires tasks on time, through crashes and restarts: see
// docs/cli.md, and package cli for a program of one's own with these commands.
package main

import (
	"os"
	_ "time/tzdata" // time zones, also where the system has none

	"github.com/go-asyncz/asyncz/cmd/asyncz/cli"
	_ "github.com/go-asyncz/asyncz/store/filestore"
	_ "github.com/go-asyncz/asyncz/store/memstore"
	_ "github.com/go-asyncz/asyncz/store/mongostore"
	_ "github.com/go-asyncz/asyncz/store/redisstore"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/mysql"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/postgres"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"
)

func main() { os.Exit(cli.Main(os.Args[1:]...)) }
