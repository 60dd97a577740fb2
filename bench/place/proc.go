package place

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A stat is what Linux tells of a process in /proc/PID/stat. Elsewhere there is no
// such file, and processor time of servers is unknown.
type stat struct {
	name   string
	parent int
	used   time.Duration // with that of its children that have ended
}

// tick is the unit of times there: a hundredth of a second on all of Linux.
const tick = 10 * time.Millisecond

func readStat(file string) (s stat, ok bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return s, false
	}
	// The name is in brackets and may itself hold brackets and spaces.
	from, to := strings.IndexByte(string(text), '('), strings.LastIndexByte(string(text), ')')
	if from < 0 || to < from {
		return s, false
	}
	s.name = string(text[from+1 : to])
	fields := strings.Fields(string(text[to+1:]))
	if len(fields) < 15 {
		return s, false
	}
	if s.parent, err = strconv.Atoi(fields[1]); err != nil {
		return s, false
	}
	for _, field := range fields[11:15] { // user, system, and both of the children
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return s, false
		}
		s.used += time.Duration(n) * tick
	}
	return s, true
}

func statOf(pid int) (stat, bool) { return readStat(filepath.Join("/proc", strconv.Itoa(pid), "stat")) }

// processCPU is the processor time of a process, which must have one of the names:
// the server may run elsewhere, and its number here be another's.
func processCPU(pid int, names ...string) (time.Duration, error) {
	s, ok := statOf(pid)
	if !ok || !slices.Contains(names, s.name) {
		return 0, ErrUnknown
	}
	return s.used, nil
}

// familyCPU is the processor time of the parent of a process and of its children.
func familyCPU(child int, name string) (time.Duration, error) {
	s, ok := statOf(child)
	if !ok || s.name != name {
		return 0, ErrUnknown
	}
	parent, ok := statOf(s.parent)
	if !ok || parent.name != name {
		return 0, ErrUnknown
	}
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	used := parent.used
	for _, file := range files {
		if member, ok := readStat(file); ok && member.parent == s.parent {
			used += member.used
		}
	}
	return used, nil
}
