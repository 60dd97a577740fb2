package lifecycle

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/trigger"
)

// marshal is Encode by package json.
func marshal(t testing.TB, s *State, rev uint64) string {
	t.Helper()
	task, err := s.Def.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	j := stateJSON{
		Version: version, Rev: rev, Incarnation: strconv.FormatUint(s.Incarnation, 16), Anchor: s.Anchor,
		Prev: s.Prev, Next: s.Next, Delay: Seconds(s.Delay), Paused: s.Paused, Task: task,
	}
	for _, r := range s.Runs {
		j.Runs = append(j.Runs, runJSON(r))
	}
	if s.Last != nil {
		last := endingJSON(*s.Last)
		j.Last = &last
	}
	for _, m := range s.marks() {
		mark := markJSON{Node: m.Node, Rev: m.Rev}
		for _, e := range m.Ended {
			mark.Ended = append(mark.Ended, endingJSON(e))
		}
		j.Marks = append(j.Marks, mark)
	}
	doc, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

func TestTheDocumentIsWhatPackageJSONWouldWrite(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 29, 1, 2, 3, 456789000, time.FixedZone("", 3600))
	def := &Definition{ID: "a<&>\"\\\x01é\u2028", Func: "f", Trigger: trigger.MustEvery(time.Minute), Executor: "default", Policy: DefaultPolicy()}
	for name, s := range map[string]*State{
		"least": {Def: def, Anchor: at},
		"most": {
			Def: def, Incarnation: 0xfeed, Anchor: at, Prev: at, Next: at.Add(time.Nanosecond), Delay: 1500 * time.Millisecond, Paused: true,
			Runs: []Run{
				{Fire: at, Source: Scheduled, Attempt: 1},
				{Fire: at, Source: Manual, Attempt: 2, Recovered: 3, Coalesced: 4, NotBefore: at, Node: "host<1>-é\n", Started: at, Lease: at},
			},
			Last: &Ending{
				Outcome: Failed, Fire: at, First: at, Count: 5, Into: at, Source: Scheduled, Attempt: 6, Recovered: 7, Coalesced: 8,
				Node: "n", Started: at, Ended: at, Error: "it \"broke\"\t& fell\u2029", Result: json.RawMessage(`{"a" : "<1>"}`),
			},
			Marks: &[]Mark{
				{Node: "host<1>-é\n", Rev: 9, Ended: []Ending{{Outcome: Missed, Fire: at, Count: 1, Source: Scheduled, Ended: at}}},
				{Node: "n", Rev: 1<<64 - 1, Ended: []Ending{{Outcome: MaxInstances, Fire: at, First: at, Count: 3, Ended: at}, {}}},
			},
		},
		"an empty ending": {Def: def, Anchor: at, Last: &Ending{}},
		"the year zero":   {Def: def, Runs: []Run{{}}},
	} {
		doc, err := Encode(s, 7)
		if want := marshal(t, s, 7); err != nil || string(doc) != want {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, doc, want)
		}
	}
}

func TestATimeThatJSONCannotHoldIsAnError(t *testing.T) {
	t.Parallel()
	def := &Definition{ID: "a", Func: "f", Trigger: trigger.MustEvery(time.Minute), Policy: DefaultPolicy()}
	if doc, err := Encode(&State{Def: def, Anchor: time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)}, 1); err == nil {
		t.Errorf("wrote %s", doc)
	}
}

func benchmarkState(b testing.TB) *State {
	at := time.Date(2026, time.March, 29, 1, 2, 3, 456789000, time.UTC)
	def, err := (&Definition{ID: "task-000001", Func: "noop", Trigger: trigger.At(at), Executor: "default", Args: Args{JSON: []byte(`{"to":"a@b.example","n":17}`)}, Policy: DefaultPolicy()}).Frozen()
	if err != nil {
		b.Fatal(err)
	}
	return &State{
		Def: def, Incarnation: 0xfeedfeed, Anchor: at,
		Runs: []Run{{Fire: at, Source: Scheduled, Attempt: 1, Node: "host-1234-abcdef/default", Started: at, Lease: at.Add(10 * time.Second)}},
	}
}

func BenchmarkEncode(b *testing.B) {
	s := benchmarkState(b)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Encode(s, 1); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			marshal(b, s, 1)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	doc, err := Encode(benchmarkState(b), 1)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Decode(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTheDefinitionIsWhatPackageJSONWouldWrite(t *testing.T) {
	t.Parallel()
	for _, d := range []Definition{
		{ID: "a", Func: "f", Trigger: trigger.MustEvery(time.Minute), Executor: "default", Policy: DefaultPolicy()},
		{
			ID: "<é>\n", Name: "a \"name\"", Func: "f&g", Args: Args{JSON: []byte(`{ "a" : "<1>" }`)}, Trigger: trigger.Shutdown(), Executor: "x",
			Policy: &Policy{
				Grace: 90 * time.Second, CatchUp: -1, Timeout: 1500 * time.Millisecond, OnLost: Skip,
				Retry: Retry{Attempts: 3, Delay: time.Second, Exponential: true, MaxDelay: time.Hour},
			},
		},
		{ID: "a", Func: "f", Trigger: trigger.Shutdown(), Policy: &Policy{Retry: Retry{Attempts: 1}}},
	} {
		doc, err := d.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var j definitionJSON
		if err := strict(doc, &j); err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		if want, err := json.Marshal(j); err != nil || string(doc) != string(want) {
			t.Errorf("%v\n got %s\nwant %s", err, doc, want)
		}
	}
}
