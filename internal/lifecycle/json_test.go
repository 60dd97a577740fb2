package lifecycle_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/trigger"
)

func TestAStateComesBackAsItWas(t *testing.T) {
	t.Parallel()
	n := newNode("a")
	when := trigger.MustCron("*/5 * * * *")
	s := start(t, define(when, func(d *lifecycle.Definition) {
		d.Name, d.Args = "a name", lifecycle.Args{JSON: []byte(`{"n":[1,2.5,"x"]}`)}
		d.Coalesce, d.CatchUp, d.MaxInstances = false, 7, 3
		d.Grace, d.Timeout = 90*time.Second, 1500*time.Millisecond
		d.Retry = lifecycle.Retry{Attempts: 4, Delay: time.Second, Exponential: true, MaxDelay: time.Hour}
		d.OnLost = lifecycle.Skip
	}))
	s, d := n.plan(s, at(930))
	s, _, _, _ = n.finish(s, d.Start[0], lifecycle.Failed, at(931))
	s, _, _ = lifecycle.RunNow(lifecycle.Pause(s), at(932))
	doc, err := lifecycle.Encode(s, 12)
	if err != nil {
		t.Fatal(err)
	}
	got, rev, err := lifecycle.Decode(doc)
	if err != nil {
		t.Fatal(err)
	}
	again, err := lifecycle.Encode(got, 12)
	if err != nil || string(again) != string(doc) {
		t.Errorf("%v\n%s\n%s", err, doc, again)
	}
	if rev != 12 || !got.Due().Equal(s.Due()) || !got.Next.Equal(s.Next) || got.Paused != s.Paused || !got.Def.Equal(s.Def) {
		t.Errorf("got %+v\nwant %+v", got, s)
	}
	if len(got.Runs) != len(s.Runs) || !reflect.DeepEqual(got.Runs[0], s.Runs[0]) {
		t.Errorf("runs: got %+v\nwant %+v", got.Runs, s.Runs)
	}
}

func TestADocumentOfALaterVersionIsTold(t *testing.T) {
	t.Parallel()
	_, _, err := lifecycle.Decode([]byte(`{"v":2,"something":"new"}`))
	if !errors.Is(err, lifecycle.ErrVersion) {
		t.Errorf("got %v", err)
	}
}

func TestDefinitionsThatCannotBe(t *testing.T) {
	t.Parallel()
	const trig = `"trigger":{"type":"interval","seconds":1}`
	for _, c := range []struct{ form, want string }{
		{`{"function":"f",` + trig + `,"colour":"red"}`, "colour"},
		{`{"function":7,` + trig + `}`, "function"},
		{`{"function":"f",` + trig + `,"max_instances":0}`, "max_instances"},
		{`{"function":"f",` + trig + `,"max_instances":"two"}`, "max_instances"},
		{`{"function":"f",` + trig + `,"catch_up":0}`, "catch_up"},
		{`{"function":"f",` + trig + `,"timeout":-1}`, "timeout"},
		{`{"function":"f",` + trig + `,"timeout":"soon"}`, "soon"},
		{`{"function":"f",` + trig + `,"mistrigger_grace_time":-5}`, "mistrigger_grace_time"},
		{`{"function":"f",` + trig + `,"on_lost":"weep"}`, "weep"},
		{`{"function":"f",` + trig + `,"retry":{"attempts":-1}}`, "retry.attempts"},
		{`{"function":"f",` + trig + `,"retry":{"attempts":2,"backoff":"linear"}}`, "linear"},
		{`{"function":"f",` + trig + `,"executor":"@shutdown"}`, "@shutdown"},
		{`{` + trig + `}`, "function"},
		{`{"function":"f"}`, "trigger"},
		{`{"function":"f",` + trig + `} {}`, "more than one"},
	} {
		d := lifecycle.Definition{Executor: "default", Policy: lifecycle.DefaultPolicy()}
		err := d.UnmarshalJSON([]byte(c.form))
		if err == nil {
			err = d.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want a word of %q", c.form, err, c.want)
		}
	}
}

func TestSecondsAreReadAsNumbersAndAsText(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]time.Duration{`5`: 5 * time.Second, `0.25`: 250 * time.Millisecond, `"1m30s"`: 90 * time.Second, `null`: 0} {
		var got lifecycle.Seconds
		if err := got.UnmarshalJSON([]byte(form)); err != nil || time.Duration(got) != want {
			t.Errorf("%s: %v, %v", form, time.Duration(got), err)
		}
	}
	var s lifecycle.Seconds
	if err := s.UnmarshalJSON([]byte(`1e300`)); err == nil {
		t.Error("1e300 seconds were accepted")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"v":1,"rev":1,"incarnation":"1","anchor":"2026-01-01T00:00:00Z","task":{"id":"a","function":"f","trigger":{"type":"shutdown"},"executor":"default"}}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		s, rev, err := lifecycle.Decode(doc)
		if err != nil {
			return
		}
		once, err := lifecycle.Encode(s, rev)
		if err != nil {
			t.Fatalf("what was read can't be written: %v", err)
		}
		again, _, err := lifecycle.Decode(once)
		if err != nil {
			t.Fatalf("what was written can't be read: %v\n%s", err, once)
		}
		twice, err := lifecycle.Encode(again, rev)
		if err != nil || string(once) != string(twice) {
			t.Fatalf("%v\n%s\n%s", err, once, twice)
		}
	})
}
