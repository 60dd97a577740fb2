package cli_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-asyncz/asyncz/internal/testserver"
	"github.com/go-asyncz/asyncz/store"
	_ "github.com/go-asyncz/asyncz/store/mongostore"
	_ "github.com/go-asyncz/asyncz/store/redisstore"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/mysql"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/postgres"
)

// A backend is a kind of store on which the program is tried. It returns a
// function that makes URLs of empty stores, one for each name; a local one is in
// the directory where the program runs.
type backend func(t *testing.T) (fresh func(name string) string)

var backends = map[string]backend{
	"file":          local("file:%s"),
	"sqlite":        local("sqlite:///%s.db"),
	"postgres":      inPostgres,
	"mysql":         inMySQL,
	"redis":         inRedis("redis"),
	"redis_cluster": inRedis("redis_cluster"),
	"mongodb":       inMongoDB,
}

// isLocal tells whether URLs are of a file or a directory of this host.
func isLocal(fresh func(string) string) bool {
	scheme, _, _ := strings.Cut(fresh("x"), ":")
	return scheme == "file" || scheme == "sqlite"
}

// inDirectory is the URL of a local store as seen from elsewhere.
func inDirectory(url, dir string) string {
	for _, form := range []string{"file:", "sqlite:///"} {
		if rest, ok := strings.CutPrefix(url, form); ok {
			return form + dir + "/" + rest
		}
	}
	return url
}

// inEach runs a test on each backend.
func inEach(t *testing.T, test func(t *testing.T, fresh func(name string) string)) {
	t.Parallel()
	for name, b := range backends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, b(t))
		})
	}
}

func local(form string) backend {
	return func(*testing.T) func(string) string {
		return func(name string) string { return fmt.Sprintf(form, name) }
	}
}

// unique is a name that no other test has.
func unique() string { return "asyncz_cli_" + strings.ToLower(rand.Text()) }

// with adds parameters to a URL.
func with(url, parameters string) string {
	if strings.Contains(url, "?") {
		return url + "&" + parameters
	}
	return url + "?" + parameters
}

func inPostgres(t *testing.T) func(string) string {
	server := testserver.URL(t, "postgres")
	schema := unique()
	execute(t, "pgx", server, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { execute(t, "pgx", server, "DROP SCHEMA "+schema+" CASCADE") })
	return func(name string) string { return with(server, "tablename="+schema+"."+name) }
}

func inMySQL(t *testing.T) func(string) string {
	u, err := url.Parse(testserver.URL(t, "mysql"))
	if err != nil {
		t.Fatal(err)
	}
	server := fmt.Sprintf("%s@tcp(%s)%s", u.User, u.Host, u.Path)
	u.Path = unique()
	execute(t, "mysql", server, "CREATE DATABASE "+u.Path)
	t.Cleanup(func() { execute(t, "mysql", server, "DROP DATABASE "+u.Path) })
	return func(name string) string { return with(u.String(), "tablename="+name) }
}

func execute(t *testing.T, driver, server, statement string) {
	t.Helper()
	db, err := sql.Open(driver, server)
	if err == nil {
		defer db.Close()
		_, err = db.Exec(statement)
	}
	if err != nil {
		t.Errorf("%s: %v", statement, err)
	}
}

func inRedis(server string) backend {
	return func(t *testing.T) func(string) string {
		at, key := testserver.URL(t, server), unique()
		return func(name string) string {
			tag := fmt.Sprintf("{%s.%s}", key, name) // a cluster keeps what has the same tag together
			url := with(at, "tasks_key="+tag+".tasks&run_times_key="+tag+".run_times")
			t.Cleanup(func() { empty(t, url) })
			return url
		}
	}
}

// patient lets a store in MongoDB wait for a busy server when it is opened.
const patient = "connect_timeout=60"

func inMongoDB(t *testing.T) func(string) string {
	u, err := url.Parse(testserver.URL(t, "mongodb"))
	if err != nil {
		t.Fatal(err)
	}
	client, err := mongo.Connect(options.Client().ApplyURI(u.String()))
	if err != nil {
		t.Fatal(err)
	}
	u.Path, u.RawQuery = unique(), strings.TrimPrefix(u.RawQuery+"&"+patient, "&")
	t.Cleanup(func() {
		ctx := context.Background() // that of the test has ended
		if err := errors.Join(client.Database(u.Path).Drop(ctx), client.Disconnect(ctx)); err != nil {
			t.Error(err)
		}
	})
	return func(name string) string { return with(u.String(), "collection="+name) }
}

// empty removes the tasks of a store, and with them the keys of one in Redis.
func empty(t *testing.T, url string) {
	ctx := context.Background() // that of the test has ended
	st, err := openURL(ctx, url)
	if err == nil {
		defer st.Close()
		err = st.Clear(ctx)
	}
	if err != nil {
		t.Errorf("%s was not emptied: %v", url, err)
	}
}

func openURL(ctx context.Context, url string) (store.Store, error) {
	config, err := store.ConfigFromURL(url)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, config)
}
