//go:build unix && !linux

package command

// dead reports whether all processes of a group have ended, and merely wait for
// their parent to take note. It can't be seen here: the grace ends the wait.
func dead(int) bool { return false }
