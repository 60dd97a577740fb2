package asyncz

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"runtime/debug"
	"slices"

	"github.com/go-asyncz/asyncz/internal/engine"
)

func hostname() string {
	host, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return host
}

// newNode returns a name for this scheduler that no other has.
func newNode() string {
	var b [4]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("%s-%d-%s", hostname(), os.Getpid(), hex.EncodeToString(b[:]))
}

// about is what this scheduler tells of itself in a store.
func (s *Scheduler) about(alias string) engine.About {
	may := s.settings.lookup(alias)
	return engine.About{
		Host: hostname(), PID: os.Getpid(), Version: s.settings.programVersion(),
		Functions: func() []string {
			return slices.DeleteFunc(s.settings.functions.Names(), func(name string) bool {
				_, known := may(name)
				return !known
			})
		},
	}
}

func (c *settings) programVersion() string {
	if c.version != "" {
		return c.version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}
