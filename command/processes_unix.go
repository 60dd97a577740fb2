//go:build unix

package command

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// processes are a command and all that it started: a process group. A process
// that makes a session or a group of its own has left it.
type processes struct{ group int }

func newProcesses(cmd *exec.Cmd, _ Args) *processes {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return &processes{}
}

// started is called when the command runs. The group has the number of its first
// process, which no other gets as long as one of the group is left.
func (p *processes) started(first *os.Process) { p.group = first.Pid }

// terminate asks all to end. It returns false when they can't be asked.
func (p *processes) terminate() bool {
	err := syscall.Kill(-p.group, syscall.SIGTERM)
	// A stopped process can't end before it goes on.
	_ = syscall.Kill(-p.group, syscall.SIGCONT)
	return err == nil || errors.Is(err, syscall.ESRCH)
}

// kill ends all that are left.
func (p *processes) kill() { _ = syscall.Kill(-p.group, syscall.SIGKILL) }

// waitEmpty waits until none is left, or for deadline. The system doesn't tell
// when a group ends, so this looks, ever less often.
func (p *processes) waitEmpty(deadline <-chan time.Time) {
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		if errors.Is(syscall.Kill(-p.group, 0), syscall.ESRCH) || dead(p.group) {
			return
		}
		select {
		case <-deadline:
			return
		case <-time.After(pause):
		}
	}
}

func (p *processes) close() {}

// signalOf names the signal that ended a process.
func signalOf(sys any) string {
	if s, ok := sys.(syscall.WaitStatus); ok && s.Signaled() {
		return s.Signal().String()
	}
	return ""
}
