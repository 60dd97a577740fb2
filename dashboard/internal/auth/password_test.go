package auth

import (
	"strings"
	"testing"
)

func TestHashesOfOtherProgramsAreUnderstood(t *testing.T) {
	t.Parallel()
	for text, password := range map[string]string{
		// From test.c of the reference implementation of Argon2, and from bcrypt_test.go.
		hashOfPassword: "password",
		"$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc": "password",
		"$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga":                         "allmine",
	} {
		h, err := parseHash(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !h.matches(password) {
			t.Errorf("%s: the right password does not match", text)
		}
		if h.matches(password+"x") || h.matches("") {
			t.Errorf("%s: a wrong password matches", text)
		}
	}
}

func TestANewHashMatchesItsPasswordOnly(t *testing.T) {
	t.Parallel()
	one, err := HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	two, _ := HashPassword("correct horse")
	if one == two {
		t.Error("two hashes of a password are the same: there is no salt")
	}
	if !strings.HasPrefix(one, "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Errorf("the hash is %s", one)
	}
	h, err := parseHash(one)
	if err != nil {
		t.Fatal(err)
	}
	if !h.matches("correct horse") || h.matches("Correct horse") {
		t.Error("the hash does not tell the password from another")
	}
}

func TestNoHashIsMadeOfAShortPassword(t *testing.T) {
	t.Parallel()
	for _, password := range []string{"", "1234567", strings.Repeat("x", 1025)} {
		if h, err := HashPassword(password); err == nil {
			t.Errorf("a password of %d bytes has the hash %s", len(password), h)
		}
	}
}

func TestHashesThatTakeTheMachineDownAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "password", "$1$abc$def", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		strings.Replace(hashOfPassword, "m=256", "m=1048577", 1),
		strings.Replace(hashOfPassword, "m=256", "m=7", 1),
		strings.Replace(hashOfPassword, "m=256", "m=0256", 1),
		strings.Replace(hashOfPassword, "m=256", "m=4294967552", 1), // 256 in 32 bits
		strings.Replace(hashOfPassword, "t=2", "t=0", 1),
		strings.Replace(hashOfPassword, "t=2", "t=65", 1),
		strings.Replace(hashOfPassword, "p=1", "p=0", 1),
		strings.Replace(hashOfPassword, "p=1", "p=257", 1), // 1 in 8 bits
		strings.Replace(hashOfPassword, "v=19", "v=16", 1),
		strings.Replace(hashOfPassword, "c29tZXNhbHQ", "c29t", 1),
		hashOfPassword[:len(hashOfPassword)-30],
		hashOfPassword + "$",
		hashOfPassword + "\n",
		"$2a$31$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga",
		"$2a$10$XajjQvNhvvRt5GSeFk1xFe5l47dONXg781AmZtd869",
	} {
		_, err := parseHash(text)
		if err == nil {
			t.Errorf("%q is taken as a hash", text)
		} else if len(text) > 20 && strings.Contains(err.Error(), text[len(text)-20:]) {
			t.Errorf("the error shows the hash: %v", err)
		}
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add(hashOfPassword)
	f.Add("$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHash(text)
		if argon, ok := h.(argonHash); err == nil && ok && argon.String() != text {
			t.Errorf("%q is read as %q", text, argon)
		}
	})
}
