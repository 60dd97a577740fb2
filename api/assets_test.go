package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

func TestVendoredAssetsAreWhatTheListSays(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("assets/README.md")
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(rapidoc))
	if err != nil {
		t.Fatal(err)
	}
	script, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range [][]byte{rapidoc, script} {
		sum := sha256.Sum256(content)
		if !strings.Contains(string(list), hex.EncodeToString(sum[:])) {
			t.Errorf("the list does not have the checksum %x", sum)
		}
	}
	w := httptest.NewRecorder()
	serveRapidoc(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if !bytes.Equal(w.Body.Bytes(), script) || w.Header().Get("Content-Encoding") != "" {
		t.Error("who can't unpack it does not get the script")
	}
}
