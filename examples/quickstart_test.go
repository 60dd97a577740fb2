package examples

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/cmd/asyncz/cli"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"
)

// What the README promises: tasks declared in a file fire within seconds.
func TestTheQuickstartFires(t *testing.T) {
	file, err := filepath.Abs("quickstart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, w := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- cli.Run(ctx, []string{"start", "--config", file}, strings.NewReader(""), w, w)
		_ = w.Close()
	}()
	fired := map[string]bool{}
	for lines := bufio.NewScanner(r); lines.Scan(); {
		for _, id := range []string{"heartbeat", "clock", "goodbye"} {
			if strings.Contains(lines.Text(), "run executed") && strings.Contains(lines.Text(), "task="+id) {
				fired[id] = true
			}
		}
		if fired["heartbeat"] && fired["clock"] {
			stop()
		}
	}
	if c := <-code; c != 0 || !fired["goodbye"] {
		t.Errorf("exit code %d, fired %v", c, fired)
	}
	if _, err := os.Stat("quickstart.db"); err != nil {
		t.Error(err)
	}
}
