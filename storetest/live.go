package storetest

import (
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var liveCases = []testCase{
	{name: "Live/KeepsValues", prove: liveKeeps,
		promise: "a live store hands out the very value that it was given, by every method; Data may be nil."},
	{name: "Live/KeepsDataToo", prove: liveData,
		promise: "a live store keeps Data as other stores do, with a value and without."},
	{name: "Live/OthersIgnoreValues", prove: liveOthers,
		promise: "a store that is not live ignores Value: it comes back as nil."},
}

var namespaceCases = []testCase{
	{name: "Namespace/IsSteady", prove: namespaceSteady,
		promise: "the name of the place is not empty and stays the same through all handles and reopening."},
}

func liveKeeps(t *T) {
	s := t.open()
	has[store.Live](t, s)
	type value struct{ n int }
	first, second := &value{1}, &value{2}
	is := func(how string, r store.Record, want *value) {
		t.Helper()
		if got, _ := r.Value.(*value); got != want {
			t.Errorf("%s returned the value %#v, want the pointer %p that was handed in", how, r.Value, want)
		}
		if len(r.Data) != 0 {
			t.Errorf("%s returned the data %s, want none", how, show(r.Data))
		}
	}
	t.add(s, store.Record{ID: "a", Due: noon, Value: first})
	is("Get", t.get(s, "a"), first)
	t.check(s.Update(t.ctx, store.Record{ID: "a", Due: noon, Value: second, Rev: 1}), "Update")
	is("Get after Update", t.get(s, "a"), second)
	for _, r := range t.due(s, at(noon)) {
		is("Due", r, second)
	}
	for _, r := range t.all(s) {
		is("All", r, second)
	}
	if c, ok := s.(store.Claimer); ok {
		claimed, err := c.Claim(t.ctx, at(noon), noon.Add(time.Minute))
		t.check(err, "Claim")
		for _, r := range claimed {
			is("Claim", r, second)
		}
	}
}

func liveData(t *T) {
	s := t.open()
	has[store.Live](t, s)
	for _, r := range t.add(s, rec("a"), store.Record{ID: "b", Data: []byte("data"), Value: 1}) {
		t.holds(s, r, "after Add")
	}
}

func liveOthers(t *T) {
	s := t.open()
	if _, live := s.(store.Live); live {
		t.Skip("the store is live")
	}
	r := rec("a")
	r.Value = "a value"
	t.add(s, r)
	if got := t.get(s, "a"); got.Value != nil {
		t.Errorf("Get returned the value %v, want nil", got.Value)
	}
}

func namespaceSteady(t *T) {
	s := t.openUnclosed()
	defer s.Close()
	name := has[store.Namespaced](t, s).Namespace()
	if name == "" {
		t.Fatal("the name is empty")
	}
	t.add(s, rec("a"))
	if again := s.(store.Namespaced).Namespace(); again != name {
		t.Errorf("the name was %q and is %q", name, again)
	}
	if t.h.InMemory {
		return
	}
	if !t.h.OneHandle {
		if other := t.open().(store.Namespaced).Namespace(); other != name {
			t.Errorf("the name is %q, and %q through another handle", name, other)
		}
	}
	t.check(s.Close(), "Close")
	if other := t.open().(store.Namespaced).Namespace(); other != name {
		t.Errorf("the name was %q, and is %q after reopening", name, other)
	}
}
