package command

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// dead reports whether all processes of a group have ended, and merely wait for
// their parent to take note. Orphans may wait long: where this process is the
// first of a container, or the first is slow, for as long as it lives.
func dead(group int) bool {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	found := false
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // gone meanwhile
		}
		state, of := parseStat(string(stat))
		if of != strconv.Itoa(group) {
			continue
		}
		if state != "Z" && state != "X" {
			return false
		}
		found = true
	}
	return found
}

// parseStat returns the state and the group in a line of the form
// "pid (name) state parent group …", where the name may hold anything.
func parseStat(stat string) (state, group string) {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 3 {
		return "", ""
	}
	return fields[0], fields[2]
}
