//go:build unix

package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// exposedPath looks at a file and at all directories above it: who can write to
// one of those can put another file in its place.
func exposedPath(path string) string {
	if why := exposedEntry(path, false); why != "" {
		return why
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if why := exposedEntry(dir, true); why != "" {
			return why
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// exposedEntry looks at one file or directory. above: it is a directory above
// the store, which may also be root's, or one where only owners can replace
// what is theirs (/tmp).
func exposedEntry(path string, above bool) string {
	info, err := os.Stat(path)
	if err != nil {
		return err.Error()
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "the owner of " + path + " is not known"
	}
	if int(stat.Uid) != os.Geteuid() && (!above || stat.Uid != 0) {
		return fmt.Sprintf("%s belongs to another user (uid %d)", path, stat.Uid)
	}
	mode := info.Mode()
	if above && mode&fs.ModeSticky != 0 {
		return ""
	}
	// A group that has the number of its user is by custom that user's alone.
	own := int(stat.Gid) == os.Getegid() && os.Getegid() == os.Geteuid()
	if mode&0o002 != 0 || mode&0o020 != 0 && !own {
		return fmt.Sprintf("the mode %v of %s lets others write", mode.Perm(), path)
	}
	return ""
}
