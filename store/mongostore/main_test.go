package mongostore_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// These tests wait for a server and for lost connections more than they
// compute, so that more of them run at once than there are processors.
func TestMain(m *testing.M) {
	flag.Parse()
	parallel := flag.Lookup("test.parallel").Value
	if parallel.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		if err := parallel.Set("10"); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	if url := os.Getenv("ASYNCZ_TEST_MONGODB_URL"); url != "" {
		if err := dropDatabase(url); err != nil {
			fmt.Fprintln(os.Stderr, "the database of the tests is left:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// testDatabase is this process's own, so that others may test on the server too.
var testDatabase = fmt.Sprintf("asyncz_test_%08x", rand.Uint32())

func dropDatabase(url string) error {
	client, err := mongo.Connect(options.Client().ApplyURI(url))
	if err != nil {
		return err
	}
	defer client.Disconnect(bg)
	return client.Database(testDatabase).Drop(bg)
}
