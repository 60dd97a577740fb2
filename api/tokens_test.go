package api_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz/api"
)

func token(t *testing.T, name string, role api.Role) (string, api.Token) {
	t.Helper()
	secret, made, err := api.NewToken(name, role)
	if err != nil {
		t.Fatal(err)
	}
	return secret, made
}

func TestATokenHoldsAHashOfARandomSecret(t *testing.T) {
	t.Parallel()
	one, a := token(t, "ops", api.Full)
	two, b := token(t, "ops", api.Full)
	if one == two || a.Hash == b.Hash {
		t.Error("two tokens are the same")
	}
	if !strings.HasPrefix(one, "asz_") || len(one) != len("asz_")+43 {
		t.Errorf("the secret is %q", one)
	}
	if strings.Contains(a.Hash, one[4:]) || !strings.HasPrefix(a.Hash, "sha256:") || len(a.Hash) != len("sha256:")+64 {
		t.Errorf("the hash is %q", a.Hash)
	}
	for name, role := range map[string]api.Role{"": api.Full, "a\nb": api.Full, "x": "admin", strings.Repeat("x", 101): api.ReadOnly} {
		if _, _, err := api.NewToken(name, role); err == nil {
			t.Errorf("the name %q with the role %q is taken", name, role)
		}
	}
}

func TestTokensOfAFileCanBeGivenOutAndTakenBackWithoutARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tokens")
	one, first := token(t, "one", api.Full)
	two, second := token(t, "two", api.ReadOnly)
	if err := api.AddToken(path, first); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		tokens, err := api.LoadTokens(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tokens.Find(one); err != nil || got.Name != "one" || got.Role != api.Full {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := tokens.Find(two); !errors.Is(err, api.ErrUnknownToken) {
			t.Errorf("one that is not there is let in: %v", err)
		}
		if err := errors.Join(api.AddToken(path, second), api.RemoveToken(path, "one")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got, err := tokens.Find(two); err != nil || got.Role != api.ReadOnly {
			t.Errorf("a new one is not let in: %+v, %v", got, err)
		}
		if _, err := tokens.Find(one); !errors.Is(err, api.ErrUnknownToken) {
			t.Errorf("one that was taken back is let in: %v", err)
		}
		if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if _, err := tokens.Find(two); err == nil || errors.Is(err, api.ErrUnknownToken) {
			t.Errorf("with a file that can't be read the answer is %v", err)
		}
	})
}

func TestTokensExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		secret, made := token(t, "one", api.Full)
		made.Expires = time.Now().Add(time.Hour)
		tokens, err := api.NewTokens(made)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tokens.Find(secret); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Hour)
		if _, err := tokens.Find(secret); !errors.Is(err, api.ErrUnknownToken) {
			t.Errorf("after its end it is %v", err)
		}
	})
}

func TestAFileOfTokensThatOthersCanUseIsRefused(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such bits")
	}
	path := filepath.Join(t.TempDir(), "tokens")
	_, made := token(t, "one", api.Full)
	if err := api.AddToken(path, made); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("it is made with the mode %v, %v", info.Mode(), err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o602, 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := api.LoadTokens(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}

func TestAFileOfTokensNamesTheLineThatIsWrong(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tokens")
	secret, made := token(t, "one", api.Full)
	for line, want := range map[string]string{
		`{"name":"x"}`: "role",
		`{"name":"x","role":"full","hash":"` + secret + `"}`:               "hash",
		`{"name":"x","role":"full","hash":"` + made.Hash + `","colour":1}`: "colour",
		`{"name":"one","role":"full","hash":"` + made.Hash + `"}`:          `two of the name "one"`,
		`nonsense`: "2",
	} {
		if err := os.WriteFile(path, []byte(`# those of operations`+"\n"+line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(want, "two") {
			text := strings.Repeat(line+"\n", 2)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := api.LoadTokens(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", line, err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
	if _, err := api.LoadTokens(path + "-not-there"); err == nil {
		t.Error("a file that is not there is taken for none")
	}
	if err := api.RemoveToken(path+"-not-there", "x"); err == nil {
		t.Error("a token that is not there was removed")
	}
}
