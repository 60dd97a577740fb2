package filestore_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/store/filestore"
)

func TestFileNamesAreValidAndDifferentOnAnyFileSystem(t *testing.T) {
	t.Parallel()
	valid := regexp.MustCompile(`^[a-z0-9-]{32,73}\.task$`)
	ids := []string{
		"a", "A", "a ", " a", "a.", ".", "..", "/", "//", "a/b", `a\b`, "a:b", "a*b", "CON", "con", "nul", "COM1", "aux.task", "~",
		"é", "e\u0301", "ß", "SS", "ſ", "İ", "日本", "a\nb", "asyncz.lock", "-", "--", "a-b", "a--b",
		strings.Repeat("x", 255), strings.Repeat("x", 254), strings.Repeat("ü", 127),
	}
	seen := map[string]string{}
	for _, id := range ids {
		name := filestore.FileName(id, ".task")
		if !valid.MatchString(name) {
			t.Errorf("the name for %q is %q, which some file system may refuse", id, name)
		}
		if other, taken := seen[strings.ToLower(name)]; taken {
			t.Errorf("%q and %q have the same name %q", id, other, name)
		}
		seen[strings.ToLower(name)] = id
	}
}

func TestAFileNameBeginsWithWhatPeopleCanReadOfTheID(t *testing.T) {
	t.Parallel()
	for id, prefix := range map[string]string{
		"Nightly Backup":        "nightly-backup-",
		"/etc/cron.d/x":         "etc-cron-d-x-",
		"mail → ops":            "mail-ops-",
		"trailing///":           "trailing-",
		strings.Repeat("9", 99): strings.Repeat("9", 40) + "-",
	} {
		if name := filestore.FileName(id, ".task"); !strings.HasPrefix(name, prefix) || len(name) != len(prefix)+32+len(".task") {
			t.Errorf("the name for %q is %q, want %s followed by a hash", id, name, prefix)
		}
	}
}
