package command

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
)

// processes are a command and all that it started: a job object. What it starts
// in the instant before it is put into the job is not reached.
type processes struct {
	job   windows.Handle // 0: there is none
	first *os.Process
}

func newProcesses(cmd *exec.Cmd, a Args) *processes {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
	if a.Shell != "" && a.shellName() == "cmd" {
		// cmd has its own rules for quotes: with /s it takes off the outer ones
		// and leaves the line as it is.
		cmd.SysProcAttr.CmdLine = windows.EscapeArg(a.Shell) + " " + strings.Join(shells["cmd"], " ") + ` "` + a.Argv[0] + `"`
	}
	return &processes{}
}

// started is called when the command runs. Without a job, only the first process
// is killed.
func (p *processes) started(first *os.Process) {
	p.first = first
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return
	}
	access := uint32(windows.PROCESS_SET_QUOTA | windows.PROCESS_TERMINATE)
	h, err := windows.OpenProcess(access, false, uint32(first.Pid))
	if err == nil {
		err = windows.AssignProcessToJobObject(job, h)
		_ = windows.CloseHandle(h)
	}
	if err != nil {
		_ = windows.CloseHandle(job)
		return
	}
	p.job = job
}

// terminate asks all to end. It returns false when they can't be asked.
func (p *processes) terminate() bool {
	return windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(p.first.Pid)) == nil
}

// kill ends all that are left.
func (p *processes) kill() {
	if p.job == 0 {
		_ = p.first.Kill()
		return
	}
	_ = windows.TerminateJobObject(p.job, 1)
}

// waitEmpty does not wait: the command was asked, and has ended.
func (p *processes) waitEmpty(<-chan time.Time) {}

func (p *processes) close() {
	if p.job != 0 {
		_ = windows.CloseHandle(p.job)
	}
}

// signalOf returns nothing: there are no signals.
func signalOf(any) string { return "" }
