package filestore

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

const (
	lockName   = "asyncz.lock"
	logName    = "asyncz.log"
	tempSuffix = ".asyncz-tmp"

	maxPrefixLen = 40
	maxSuffixLen = 32
)

// fileName returns the name of the file of the task with this id: some of the
// id for people, and a hash of it all, so that ids which differ in what a file
// system folds, reserves or forbids have different and valid names anywhere.
func fileName(id, suffix string) string {
	sum := sha256.Sum256([]byte(id))
	hash := hex.EncodeToString(sum[:16])
	if p := readable(id); p != "" {
		return p + "-" + hash + suffix
	}
	return hash + suffix
}

// readable returns the id's ASCII letters, in lower case, and digits, with a
// dash for each run of anything else.
func readable(id string) string {
	var b strings.Builder
	gap := false
	for i := 0; i < len(id) && b.Len() < maxPrefixLen; i++ {
		c := id[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			gap = b.Len() > 0
			continue
		}
		if gap && b.Len()+1 < maxPrefixLen {
			b.WriteByte('-')
		}
		gap = false
		b.WriteByte(c)
	}
	return b.String()
}

// isTask tells whether name, from a listing or a log, is that of a task file.
func isTask(name, suffix string) bool {
	return strings.HasSuffix(name, suffix) && name == filepath.Base(name)
}

// isTemp tells whether name is that of a file that is on its way to become a task file.
func isTemp(name, suffix string) bool {
	of, ok := strings.CutSuffix(name, tempSuffix)
	return ok && isTask(of, suffix)
}

func checkSuffix(suffix string) error {
	refuse := func(why string) error {
		return fmt.Errorf("%w: suffix %q %s", store.ErrConfig, suffix, why)
	}
	if suffix == "" || len(suffix) > maxSuffixLen {
		return refuse(fmt.Sprintf("has %d bytes; 1 to %d are allowed", len(suffix), maxSuffixLen))
	}
	for _, c := range suffix {
		if c < ' ' || c >= 0x7f || strings.ContainsRune(`<>:"/\|?*`, c) {
			return refuse(fmt.Sprintf("holds %q; printable ASCII without <>:\"/\\|?* is allowed", c))
		}
	}
	if last := suffix[len(suffix)-1]; last == '.' || last == ' ' {
		return refuse("ends in a dot or a space, which Windows drops")
	}
	for _, own := range []string{lockName, logName, nodesName, runsName, tempSuffix} {
		if strings.HasSuffix(own, strings.ToLower(suffix)) {
			return refuse("is taken: the store itself keeps files whose names end so")
		}
	}
	return nil
}
