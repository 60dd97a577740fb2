package dashboard

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"slices"
	"testing"
)

// What comes from elsewhere is what vendored.json says: each file as it was
// published, none more, none less.
func TestVendoredFilesAreTheOnesThatWereVendored(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("vendored.json")
	if err != nil {
		t.Fatal(err)
	}
	var listed []struct {
		File, Name, Package, Version, Source, License, Homepage, Purpose, SHA256 string
		LicenseFile                                                              string `json:"license_file"`
		LicenseSHA256                                                            string `json:"license_sha256"`
	}
	if err := json.Unmarshal(text, &listed); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, v := range listed {
		files[v.File], files[v.LicenseFile] = v.SHA256, v.LicenseSHA256
		for _, s := range []string{v.Name, v.Package, v.Version, v.Source, v.License, v.Homepage, v.Purpose} {
			if s == "" {
				t.Errorf("%s: something is not said of it", v.File)
			}
		}
	}
	there, err := fs.Glob(assetFiles, "assets/vendor/*")
	if err != nil {
		t.Fatal(err)
	}
	if len(there) != len(files) || len(files) < 7 {
		t.Errorf("%d files are there, and %d listed", len(there), len(files))
	}
	for name, want := range files {
		if !slices.Contains(there, "assets/vendor/"+name) {
			t.Errorf("%s is listed and not there", name)
			continue
		}
		body, err := assetFiles.ReadFile("assets/vendor/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s is not as it was when it was vendored", name)
		}
	}
}
