package dashboard

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"time"
)

//go:embed assets
var assetFiles embed.FS

// assets are the files that pages refer to, by names that hold a hash of their
// contents, so that browsers may keep them for good.
type assets struct {
	address map[string]string // by plain name: "app.css" → "assets/3q2-7wAA.app.css"
	content map[string][]byte // by the last part of the address
}

func loadAssets() (assets, error) {
	a := assets{address: map[string]string{}, content: map[string][]byte{}}
	err := fs.WalkDir(assetFiles, "assets", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := assetFiles.ReadFile(file)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		hashed := base64.RawURLEncoding.EncodeToString(sum[:9]) + "." + path.Base(file)
		a.address[path.Base(file)] = "assets/" + hashed
		a.content[hashed] = body
		return nil
	})
	return a, err
}

// link returns the address of an asset, relative to any page.
func (a assets) link(name string) (string, error) {
	address, ok := a.address[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %q", name)
	}
	return address, nil
}

func (a assets) serve(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	body, ok := a.content[name]
	if !ok {
		http.NotFound(w, r)
		return nil
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
	return nil
}
