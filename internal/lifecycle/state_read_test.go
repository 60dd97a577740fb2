package lifecycle

import (
	"encoding/json"
	"reflect"
	"testing"
)

// Whatever the scan takes, package json takes too, and reads the same.
func FuzzTheScanReadsWhatPackageJSONReads(f *testing.F) {
	task := `{"id":"a","name":"é","function":"f","kwargs":{"a":["}\"",1]},"trigger":{"type":"shutdown"},"executor":"x","mistrigger_grace_time":1.5,"coalesce":true,"catch_up":3,"max_instances":1,"timeout":2,"retry":{"attempts":2,"delay":1},"on_lost":"skip","metadata":{"tenant":"é\"","trace":"00-1"}}`
	for _, doc := range []string{
		task,
		`{"id":"a","function":"f","trigger":{"type":"shutdown"},"executor":"x"}`,
		`{"v":1,"rev":1,"incarnation":"1","anchor":"2026-01-01T00:00:00Z","task":` + task + `}`,
		`{"v":1,"rev":18446744073709551615,"incarnation":"f","anchor":"2026-01-01T00:00:00.000000001+01:00","prev":"2026-01-01T00:00:00Z","next_run_time":"2026-01-01T00:00:00Z","delay":0.5,"paused":true,"runs":[{"fire":"2026-01-01T00:00:00Z","source":"manual","attempt":1,"recovered":2,"coalesced":3,"not_before":"2026-01-01T00:00:00Z","node":"n","started":"2026-01-01T00:00:00Z","lease":"2026-01-01T00:00:00Z"},{"fire":"2026-01-01T00:00:00Z","source":"s","attempt":-1}],"last":{"outcome":"failed","fire":"2026-01-01T00:00:00Z","first":"2026-01-01T00:00:00Z","count":1,"into":"2026-01-01T00:00:00Z","source":"x","attempt":1,"recovered":1,"coalesced":1,"node":"n","started":"2026-01-01T00:00:00Z","ended":"2026-01-01T00:00:00Z","error":"e","result":{"a":1}},"task":` + task + `}`,
		`{"v":01,"rev":1,"incarnation":"1","anchor":"2026-01-01T00:00:00Z","task":{}}`,
		`{"v":1,"rev":+1,"incarnation":"1","anchor":"2026-01-01T00:00:00Z","task":{}}`,
		`{"v":1,"rev":1,"incarnation":"\u0031","anchor":"2026-01-01T00:00:00Z","task":[}`,
		`{"v":1,"rev":1,"incarnation":"1","anchor":"2026-01-01","task":{}}`,
		`{"v":1,"rev":1,"incarnation":"1","anchor":"2026-01-01T00:00:00Z","runs":[],"task":{}}`,
		`{"v":1,"rev":1,"incarnation":"1","anchor":"2026-01-01T00:00:00Z","marks":[{"node":"n","rev":7,"ended":[{"outcome":"missed","fire":"2026-01-01T00:00:00Z","count":1,"source":"x","ended":"2026-01-01T00:00:00Z"}]},{"node":"m","rev":18446744073709551615,"ended":[]}],"task":` + task + `}`,
		`{"v":1,"rev":1,"incarnation":"1","anchor":"2026-01-01T00:00:00Z","marks":[],"task":` + task + `}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		// package trigger refuses a trigger that is no JSON
		takes := func(doc []byte, def *definitionJSON) bool {
			return scanDefinition(doc, false, def) && json.Valid(def.Trigger)
		}
		var state, wantState stateJSON
		if scanState(doc, &state) && takes(state.Task, new(definitionJSON)) {
			if err := strict(doc, &wantState); err != nil || !reflect.DeepEqual(state, wantState) {
				t.Errorf("%s\nscan %+v\njson %+v, %v", doc, state, wantState, err)
			}
		}
		var def, wantDef definitionJSON
		if takes(doc, &def) {
			if err := strict(doc, &wantDef); err != nil || !reflect.DeepEqual(def, wantDef) {
				t.Errorf("%s\nscan %+v\njson %+v, %v", doc, def, wantDef, err)
			}
		}
	})
}

func TestTheScanReadsWhatIsWritten(t *testing.T) {
	t.Parallel()
	s := benchmarkState(t)
	s.Last = &Ending{Outcome: Executed, Fire: s.Anchor, Count: 1, Source: Scheduled, Ended: s.Anchor, Result: []byte(`"done"`)}
	s.Marks = &[]Mark{{"a", 1, []Ending{*s.Last}}, {"b", 2, []Ending{*s.Last, *s.Last}}}
	doc, err := Encode(s, 3)
	if err != nil {
		t.Fatal(err)
	}
	var j stateJSON
	if !scanState(doc, &j) {
		t.Errorf("the scan refuses %s", doc)
	}
	var d definitionJSON
	if !scanDefinition(j.Task, false, &d) {
		t.Errorf("the scan refuses %s", j.Task)
	}
}
