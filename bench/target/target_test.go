package target_test

import (
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/bench/target"
)

const head = "scenario,place,kind,size,system,figure,relation,limit,against\n"

func TestATableOfTargetsIsRead(t *testing.T) {
	t.Parallel()
	all, err := target.Read(strings.NewReader("# words\n" + head + `
drain,redis,,100000,ours,per_second,at least,0.5,bare
# more words
claim,*,,1000,ours,ns,at most,1.3,size=10
add,memory,"a, b",*,ours,bytes,below,500,
`))
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	for i, want := range []string{"at least 0.5 × bare", "at most 1.3 × that at 10", "below 500"} {
		if got := all[i].String(); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if system, size, absolute := all[0].Other(); system != "bare" || size != 0 || absolute {
		t.Errorf("%v is against %q, %d, %t", all[0], system, size, absolute)
	}
	if system, size, absolute := all[1].Other(); system != "ours" || size != 10 || absolute {
		t.Errorf("%v is against %q, %d, %t", all[1], system, size, absolute)
	}
	if _, _, absolute := all[2].Other(); !absolute {
		t.Errorf("%v is against something", all[2])
	}
	if !all[0].Matches("drain", "redis", "", 100000) || all[0].Matches("drain", "redis", "", 1000) || all[0].Matches("drain", "postgres", "", 100000) {
		t.Error("the first does not match its case alone")
	}
	if !all[1].Matches("claim", "anywhere", "", 1000) || !all[2].Matches("add", "memory", "a, b", 7) || all[2].Matches("add", "memory", "c", 7) {
		t.Error("stars do not match each")
	}
}

func TestAWrongTableSaysWhereAndWhat(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":      "EOF",
		"a,b\n": "fields",
		strings.Replace(head, "limit", "most", 1): `the columns are`,
		head + "s,p,,,x,f,about,1,\n":             `line 2: the relation "about"`,
		head + "s,p,,,x,f,at most,much,\n":        `line 2: the limit "much"`,
		head + "s,p,,many,x,f,at most,1,\n":       `the size "many"`,
		head + "\ns,p,,,x,f,at most,1,size=\n":    `line 3: the size ""`,
		head + "s,,,,x,f,at most,1,\n":            "must be named",
		head + "s,p,,,x,f,at most,1\n":            "fields",
	} {
		if _, err := target.Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestALimitIsHeldAsItsRelationSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		relation            string
		less, equal, larger bool
	}{{target.AtMost, true, true, false}, {target.AtLeast, false, true, true}, {target.Below, true, false, false}} {
		x := target.Target{Relation: c.relation, Limit: 2}
		if x.Met(1.9) != c.less || x.Met(2) != c.equal || x.Met(2.1) != c.larger {
			t.Errorf("%s 2: %t %t %t", c.relation, x.Met(1.9), x.Met(2), x.Met(2.1))
		}
	}
}
