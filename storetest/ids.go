package storetest

import (
	"slices"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

var idCases = []testCase{
	{name: "ID/RefusesInvalid", prove: idRefuses,
		promise: "Add and Batch refuse an id that is empty, longer than 255 bytes, holds a NUL or is not UTF-8, with ErrInvalid, and write nothing."},
	{name: "ID/CaseMatters", prove: idsDiffer("task", "Task", "TASK", "straße", "STRASSE", "ı", "I", "i", "İ", "0x2f", "0x2F"),
		promise: "ids that differ in case alone are different."},
	{name: "ID/NormalFormMatters", prove: idsDiffer("é", "e\u0301", "\u00c5", "\u212b", "A\u030a", "ﬁ", "fi", "①", "1", "가", "\u1100\u1161"),
		promise: "ids that differ in their Unicode normal form alone are different."},
	{name: "ID/SpacesMatter", prove: idsDiffer("a", " a", "a ", "  a", "a  ", "a\t", "\ta", "a\n", "a\r\n", "a\u00a0", " ", "  ", "\n", "a b", "a  b", "a\u200b", "\u0085"),
		promise: "no space of an id is trimmed or merged."},
	{name: "ID/NoCharacterIsSpecial", prove: idsDiffer(specialIDs...),
		promise: "slashes, dots, quotes, percent signs, wildcards, names of devices, control characters and the like are characters as any other."},
	{name: "ID/AnyScript", prove: idsDiffer("задача", "任务", "タスク", "משימה", "مهمة", "🕰️", "👩‍👩‍👧", "👩", "\U0010ffff", "\ufffd", "\u202eabc", "\ufeffa"),
		promise: "ids may be of any script."},
	{name: "ID/Longest", prove: idsDiffer(strings.Repeat("x", 255), strings.Repeat("x", 254)+"y", strings.Repeat("x", 254),
		strings.Repeat("é", 127)+"x", strings.Repeat("🕰", 63)+"abc", strings.Repeat("/", 255), strings.Repeat("%", 255), strings.Repeat(".", 255)),
		promise: "an id may have 255 bytes, and all of them count."},
}

var specialIDs = []string{
	"/", "//", ".", "..", "../a", "../../etc/passwd", "a/b", "a//b", "a/b/", "a\\b", "C:", "C:\\a", "~", "~root",
	"con", "nul", "aux.task", "a.", "a.task", ".a", "a.tmp", "-", "--", "-rf",
	"%", "%%", "%2F", "a%2Fb", "%00", "%s", "\\x00", "\\0", "_", "a_b", "a-b", "*", "?", "a*", "a?", "[a]", "{a}", "{{a}}",
	"'", "''", `"`, `""`, "`", "a'b", `a"b`, "a;b", "'; DROP TABLE asyncz_store; --", "$", "$1", "${a}", "$(a)", "#", "&", "|", "<a>", "!",
	"a:b", "a::b", "a,b", "a=b", "a@b", "a+b", "^", "(", ")", "\\", "\\\\", "\x01", "\x1b[0m", "\x7f", "null", "true", "0", "00", "1", "1.0", "1e0",
}

// idsDiffer proves that records with these ids live side by side.
func idsDiffer(list ...string) func(t *T) {
	return func(t *T) {
		s := t.open()
		for _, id := range list {
			t.check(s.Add(t.ctx, rec(id)), "Add(%q)", id)
		}
		for i, id := range list {
			want := rec(id)
			want.Rev = 1
			t.holds(s, want, "after all were added")
			if i%2 == 0 {
				want.Data = []byte("changed " + id)
				t.check(s.Update(t.ctx, want), "Update(%q)", id)
			}
		}
		sorted := slices.Sorted(slices.Values(list))
		t.lists(byID(t.all(s)), "All", sorted...)
		t.lists(byID(t.due(s, at(noon))), "Due", sorted...)
		for i, id := range list {
			t.check(s.Delete(t.ctx, id, uint64(2-i%2)), "Delete(%q)", id)
		}
		t.lists(t.all(s), "All after the last was deleted")
	}
}

// byID sorts records by id: the order is the promise of other cases.
func byID(records []store.Record) []store.Record {
	slices.SortFunc(records, func(a, b store.Record) int { return strings.Compare(a.ID, b.ID) })
	return records
}

func idRefuses(t *T) {
	s := t.open()
	for what, id := range map[string]string{
		"empty":                "",
		"256 bytes":            strings.Repeat("x", 256),
		"256 bytes of UTF-8":   strings.Repeat("é", 128),
		"NUL":                  "\x00",
		"NUL inside":           "a\x00b",
		"NUL at the end":       "a\x00",
		"not UTF-8":            "a\xff",
		"a surrogate":          "\xed\xa0\x80",
		"an overlong slash":    "\xc0\xaf",
		"cut inside of a rune": "é"[:1],
	} {
		r := rec("x")
		r.ID = id
		t.fails(s.Add(t.ctx, r), store.ErrInvalid, "Add of an id that is invalid (%s): %.20q", what, id)
		if b, ok := s.(store.Batcher); ok {
			results, err := b.Batch(t.ctx, []store.Write{{Op: store.OpAdd, Record: r}})
			t.check(err, "Batch with the invalid id %.20q", id)
			if len(results) != 1 {
				t.Fatalf("Batch of one write returned %d results", len(results))
			}
			t.fails(results[0], store.ErrInvalid, "Batch with an id that is invalid (%s): %.20q", what, id)
		}
		if _, err := s.Get(t.ctx, id); err == nil {
			t.Errorf("Get of the invalid id %.20q (%s) returned a record", id, what)
		}
	}
	t.lists(t.all(s), "All after the refused ids")
}
