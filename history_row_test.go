package asyncz

import (
	"encoding/json"
	"testing"
	"time"
)

// What writes rows and what reads them must not drift apart: one writes by hand, and
// the other is package json's.
func TestARowIsWrittenAsPackageJSONWouldWriteIt(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 29, 2, 0, 0, 1000, time.UTC)
	full := PastRun{
		Run: Run{
			Scheduled: at, Source: Manual, Attempt: 3, Coalesced: 4, Node: "näh \"1\"", Started: at.Add(1),
			NotBefore: at.Add(2),
		},
		Outcome: Failed, Count: 5, First: at.Add(3), Into: at.Add(4), Ended: at.Add(5), Error: "<no>\n", Stack: "a\tb",
		Result: json.RawMessage(`{ "a": "<1>" }`), Output: "\x00\xff", Logs: []LogLine{{Time: at, Message: "said"}}, Cut: 6,
	}
	for name, r := range map[string]PastRun{"full": full, "empty": {}, "usual": {
		Run: Run{Scheduled: at, Source: Scheduled, Attempt: 1, Node: "a", Started: at}, Outcome: Executed, Count: 1, Ended: at,
	}} {
		want, err := json.Marshal(rowJSON{
			Version: rowVersion, Scheduled: r.Scheduled, Ended: r.Ended, Outcome: r.Outcome, Source: r.Source, Attempt: r.Attempt,
			Coalesced: r.Coalesced, Node: r.Node, Started: r.Started, NotBefore: r.NotBefore, Count: r.Count, First: r.First,
			Into: r.Into, Error: r.Error, Stack: r.Stack, Result: r.Result, Output: r.Output, Logs: r.Logs, Cut: r.Cut,
		})
		got, err2 := encodeRow(&r)
		if err != nil || err2 != nil || string(got) != string(want) {
			t.Errorf("%s: %s, %v\nwant %s, %v", name, got, err2, want, err)
		}
	}
	if got, err := encodeRow(&PastRun{Result: json.RawMessage("{")}); err == nil {
		t.Errorf("a result that is no JSON became %s", got)
	}
}
