package filestore

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// An Option changes how [New] opens a directory.
type Option func(*options)

type options struct {
	suffix  string
	mode    fs.FileMode
	cleanup bool
	files   fileSystem
	segment int64 // bytes from which on a segment of a history gets no more
}

func defaults() options {
	return options{suffix: ".task", mode: 0o700, files: osFiles{}, segment: 4 << 20}
}

// WithSuffix sets what the names of task files end in; the default is ".task".
// Files with another suffix are ignored. It has 1 to 32 bytes of printable ASCII
// that any file system allows in a name.
func WithSuffix(suffix string) Option {
	return func(o *options) { o.suffix = suffix }
}

// WithMode sets the mode of the directory when the store makes it; the default is
// 0o700. A directory that is there keeps its mode. The files in it get the same
// mode without the right to execute. The owner must have all rights, and only
// permission bits are allowed. Windows has no such modes.
func WithMode(mode fs.FileMode) Option {
	return func(o *options) { o.mode = mode }
}

// WithCleanupDirectory makes Close remove all tasks, readable or not, and the
// directory, unless it holds files that are not the store's. It leaves everything
// as it is while another handle of this process uses the directory. It does not
// know of other processes: they lose their tasks.
func WithCleanupDirectory() Option {
	return func(o *options) { o.cleanup = true }
}

func (o options) check() error {
	if err := checkSuffix(o.suffix); err != nil {
		return err
	}
	return checkMode(o.mode)
}

func checkMode(mode fs.FileMode) error {
	if mode&^fs.ModePerm != 0 {
		return fmt.Errorf("%w: mode %#o is more than 0o777; a mode in text is octal, a number in JSON or YAML is decimal unless it begins with 0o", store.ErrConfig, uint32(mode))
	}
	if mode&0o700 != 0o700 {
		return fmt.Errorf("%w: mode %#o keeps the owner out; it must contain 0o700", store.ErrConfig, uint32(mode))
	}
	return nil
}

// A configuration is what [store.Open] is given for the alias "file".
type configuration struct {
	Directory        string  `config:"directory"`
	Suffix           string  `config:"suffix"`
	Mode             modeKey `config:"mode"`
	CleanupDirectory bool    `config:"cleanup_directory"`
}

// A modeKey is a mode as configuration spells it: a number, or text in octal
// digits with or without "0o" or "0" before them.
type modeKey uint32

func (m *modeKey) UnmarshalText(text []byte) error {
	digits := strings.TrimPrefix(strings.ToLower(string(text)), "0o")
	n, err := strconv.ParseUint(digits, 8, 32)
	if err != nil {
		return fmt.Errorf("mode %q is not a number in octal digits, such as 0o700", text)
	}
	*m = modeKey(n)
	return nil
}

func configure(config map[string]any) (directory string, o options, err error) {
	o = defaults()
	c := configuration{Suffix: o.suffix, Mode: modeKey(o.mode)}
	if err := store.Decode(config, &c); err != nil {
		return "", o, err
	}
	if c.Directory == "" {
		return "", o, errNoDirectory
	}
	o.suffix, o.mode, o.cleanup = c.Suffix, fs.FileMode(c.Mode), c.CleanupDirectory
	return c.Directory, o, nil
}

var errNoDirectory = fmt.Errorf(`%w: the key "directory" is missing: where are the task files?`, store.ErrConfig)
