//go:build unix

package chaos

import (
	"os"
	"syscall"
)

// standStill stops a process where it is, until goOn.
func standStill(p *os.Process) error { return p.Signal(syscall.SIGSTOP) }

func goOn(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
