package filestore

import (
	"fmt"
	"net/url"
	"runtime"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// fromURL reads a URL of the alias "file": see the package's documentation.
func fromURL(text string) (map[string]any, error) {
	return configFromURL(text, runtime.GOOS)
}

func configFromURL(text, goos string) (map[string]any, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: file URL: %w", store.ErrConfig, err)
	}
	refuse := func(why string) error {
		return fmt.Errorf("%w: %s: %s", store.ErrConfig, u.Redacted(), why)
	}
	if u.User != nil {
		return nil, refuse("a directory has no user")
	}
	if u.Fragment != "" {
		return nil, refuse("write %23 for a # in the directory")
	}
	directory, err := directoryOf(u, goos)
	if err != nil {
		return nil, refuse(err.Error())
	}
	if directory == "" {
		return nil, refuse("the directory is missing; write file:tasks or file:///var/lib/tasks")
	}
	config := map[string]any{"directory": directory}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, refuse(err.Error())
	}
	for key, values := range query {
		if key == "directory" || key == "type" || len(values) != 1 {
			return nil, refuse(fmt.Sprintf("the key %q is given twice", key))
		}
		config[key] = values[0]
	}
	return config, nil
}

// directoryOf returns the directory of a URL in the form of the operating system.
func directoryOf(u *url.URL, goos string) (string, error) {
	if u.Opaque != "" {
		return url.PathUnescape(u.Opaque)
	}
	windows := goos == "windows"
	switch {
	case u.Host == "" || u.Host == "localhost":
		if windows && hasDrive(strings.TrimPrefix(u.Path, "/")) {
			return u.Path[1:], nil
		}
		return u.Path, nil
	case u.Host == "." || u.Host == "..":
		return u.Host + u.Path, nil
	case windows && hasDrive(u.Host):
		return u.Host + u.Path, nil
	case windows:
		return "//" + u.Host + u.Path, nil
	}
	return "", fmt.Errorf("%q is in the place of a host; write file:%s%s for a relative directory and file:///%s%s for an absolute one",
		u.Host, u.Host, u.Path, u.Host, u.Path)
}

// hasDrive tells whether path begins with a drive of Windows, such as "C:".
func hasDrive(path string) bool {
	return len(path) >= 2 && path[1] == ':' && ('a' <= path[0]|0x20 && path[0]|0x20 <= 'z')
}
