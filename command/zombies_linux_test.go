package command

import "testing"

func TestStatIsReadWhateverTheName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ stat, state, group string }{
		{"12 (sleep) S 1 10 10 0 -1", "S", "10"},
		{"12 (a) Z 1 99 (b) Z 1 10 10 0 -1", "Z", "10"},
		{"", "", ""},
		{"12 (sleep)", "", ""},
	} {
		if state, group := parseStat(c.stat); state != c.state || group != c.group {
			t.Errorf("%q has the state %q and the group %q, want %q and %q", c.stat, state, group, c.state, c.group)
		}
	}
}
