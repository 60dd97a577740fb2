package seal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/seal"
)

// secrets returns what must not be seen of a value: itself and its key, in the
// forms that printing gives them.
func secrets(values ...string) []string {
	var out []string
	for _, v := range values {
		key := sha256.Sum256([]byte(v))
		out = append(out, v, hex.EncodeToString([]byte(v)), hex.EncodeToString(key[:]), string(key[:]),
			base64.StdEncoding.EncodeToString(key[:]), strings.Trim(fmt.Sprint(key), "[]"),
			strings.TrimSuffix(strings.SplitN(fmt.Sprintf("%#v", key), "{", 2)[1], "}"))
	}
	return out
}

func refuseSecrets(t *testing.T, what, text string, secrets []string) {
	t.Helper()
	for _, s := range secrets {
		if strings.Contains(text, s) || strings.Contains(strings.ToLower(text), strings.ToLower(s)) {
			t.Errorf("%s shows a secret: %q", what, text)
		}
	}
}

func TestRingIsNeverPrintedWithItsKeys(t *testing.T) {
	t.Parallel()
	ring := newRing(t, newValue, oldValue)
	hidden := secrets(newValue, oldValue)
	const want = "seal.Ring("
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p"} {
		text := fmt.Sprintf(verb, ring)
		refuseSecrets(t, verb, text, hidden)
		if !strings.Contains(text, ring.KeyID().String()) && verb != "%p" {
			t.Errorf("%s gives %q, want the key ids", verb, text)
		}
		copied := *ring
		refuseSecrets(t, verb+" of a copy", fmt.Sprintf(verb, copied), hidden)
		refuseSecrets(t, verb+" within", fmt.Sprintf(verb, struct{ R *seal.Ring }{ring}), hidden)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("ring", "ring", ring)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("ring", "ring", ring, "copy", *ring)
	refuseSecrets(t, "slog", log.String(), hidden)
	if !strings.Contains(log.String(), want) {
		t.Errorf("log has no ring: %s", &log)
	}
	text, err := json.Marshal(map[string]any{"ring": ring, "copy": *ring})
	if err != nil {
		t.Fatal(err)
	}
	refuseSecrets(t, "JSON", string(text), hidden)
	if err := gob.NewEncoder(&log).Encode(ring); err == nil {
		t.Error("gob encodes a ring")
	}
	var none *seal.Ring
	for _, verb := range []string{"%v", "%#v", "%x"} {
		if got := fmt.Sprintf(verb, none); got != "seal.Ring(no key)" {
			t.Errorf("nil ring by %s: %q", verb, got)
		}
	}
}

func TestErrorsHoldNoSecret(t *testing.T) {
	t.Parallel()
	const plaintext = `{"password":"hunter2-in-the-payload"}`
	ring := newRing(t, newValue, oldValue)
	hidden := append(secrets(newValue, oldValue, "third value"), plaintext, "hunter2", hex.EncodeToString([]byte("hunter2")))
	good := mustSeal(t, ring, binding, plaintext)
	var none *seal.Ring
	var errs []error
	collect := func(_ any, err error) {
		t.Helper()
		if err == nil {
			t.Error("no error")
		}
		errs = append(errs, err)
	}
	for i := range good {
		changed := bytes.Clone(good)
		changed[i]++
		collect(ring.Open(binding, changed))
		collect(ring.Open(binding, good[:i]))
	}
	long := seal.Binding{ID: strings.Repeat("x", 1<<16)}
	collect(ring.Open(long, good))
	collect(ring.Seal(long, []byte(plaintext)))
	collect(ring.Open(seal.Binding{}, good))
	collect(ring.Open(binding, []byte(plaintext)))
	collect(none.Open(binding, good))
	collect(none.Seal(binding, []byte("AZS"+plaintext)))
	collect(newRing(t, "third value").Open(binding, good))
	collect(seal.NewRing(newValue, oldValue, ""))
	for _, err := range errs {
		for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
			refuseSecrets(t, "an error", fmt.Sprintf(verb, err), hidden)
		}
	}
}
