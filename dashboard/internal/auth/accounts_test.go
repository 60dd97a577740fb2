package auth

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFileOfUsersIsRead(t *testing.T) {
	t.Parallel()
	got, err := ParseAccounts(strings.NewReader("# who may log in\n\n olga:operator:" + hashOfPassword + "\nviktor:viewer:" + hashOfPassword + "\n"))
	if err != nil || len(got) != 2 || got[0] != people()[0] || got[1] != people()[1] {
		t.Fatalf("got %v, %v", got, err)
	}
}

func TestWrongLinesOfAFileOfUsersAreNamed(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"olga":                               "line 2 is not of the form",
		"olga:operator":                      "line 2 is not of the form",
		"olga:admin:" + hashOfPassword:       `line 2: user "olga" has role "admin"; the roles are viewer and operator`,
		":viewer:" + hashOfPassword:          `line 2: user name ""`,
		"o l:viewer:" + hashOfPassword:       `line 2: user name "o l"`,
		"olga:viewer:password in the clear!": `line 2: user "olga": the hash is neither`,
		strings.Repeat("o", 65) + ":viewer:" + hashOfPassword: `line 2: user name "ooo`,
	} {
		_, err := ParseAccounts(strings.NewReader("# users\n" + line))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: the error is %v, not %s", line, err, want)
		} else if strings.Contains(err.Error(), "clear") {
			t.Errorf("the error shows what stands in place of the hash: %v", err)
		}
	}
}

func TestConfigurationsThatLetNobodyOrEverybodyInByAccidentAreRefused(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(empty, []byte("# nobody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]Config{
		"nothing":                {},
		"open, and users":        {Open: true, Users: people()},
		"two of one name":        {Users: append(people(), people()...)},
		"no such file":           {UsersFile: filepath.Join(t.TempDir(), "none")},
		"a file with nobody":     {UsersFile: empty},
		"a proxy from anywhere":  {Proxy: &Proxy{}},
		"a session without time": {Users: people(), Idle: -1},
		"a role of no meaning":   {Proxy: &Proxy{DefaultRole: "root"}, TrustedProxies: prefixes("127.0.0.1/32")},
		"an origin with a path":  {Users: people(), TrustedOrigins: []string{"https://host/path"}},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestUsersOfAFileFollowIt(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "users")
	write := func(text string) {
		if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	write("olga:operator:" + hashOfPassword)
	a := must(t, Config{UsersFile: file})
	b := open(a)
	b.login("olga", "password")
	expect := func(want string) {
		t.Helper()
		if got := b.who(); got != want {
			t.Fatalf("got %q, not %q", got, want)
		}
	}
	expect("olga operator")
	write("olga:viewer:" + hashOfPassword)
	expect("olga viewer")
	write("olga:viewer:half a ha")
	expect("olga viewer") // a file that can't be read changes nothing
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	expect("olga viewer")
	write("olga:viewer:$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga")
	expect("303 See Other") // another password: the session has ended
	if b.login("olga", "allmine"); b.who() != "olga viewer" {
		t.Fatal("the new password does not work")
	}
	write("viktor:viewer:" + hashOfPassword)
	expect("303 See Other") // no such user any more
}
