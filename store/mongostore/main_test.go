package mongostore_test

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"
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
	os.Exit(m.Run())
}
