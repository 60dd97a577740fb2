package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var memberCases = []testCase{
	{name: "Members/ComeAndGo", prove: membersComeAndGo,
		promise: "Members returns the nodes that have written and not left, by name; leaving twice is no error."},
	{name: "Members/BeatReplaces", prove: membersBeat,
		promise: "a second Beat of a node replaces its row."},
	{name: "Members/SeenIsTheStores", prove: membersSeen,
		promise: "Seen is set by the store, whatever the node says."},
	{name: "Members/AcrossHandles", prove: membersHandles,
		promise: "a node that writes through one handle is seen through another."},
}

// nodes reports when the members are not these, written as node=data.
func (t *T) nodes(m store.Members, where string, want ...string) []store.Member {
	t.Helper()
	list, err := m.Members(t.ctx)
	t.check(err, "Members")
	var got []string
	for _, n := range list {
		got = append(got, fmt.Sprintf("%s=%s", n.Node, n.Data))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: the members are %q, want %q", where, got, want)
	}
	return list
}

func (t *T) beat(m store.Members, node, data string) {
	t.Helper()
	t.check(m.Beat(t.ctx, store.Member{Node: node, Data: []byte(data)}), "Beat of %q", node)
}

func membersComeAndGo(t *T) {
	m := has[store.Members](t, t.open())
	t.nodes(m, "at first")
	for _, node := range []string{"b", "c", "A", "a", "é/:%"} {
		t.beat(m, node, "x")
	}
	t.nodes(m, "after five came", "A=x", "a=x", "b=x", "c=x", "é/:%=x")
	for range 2 {
		t.check(m.Leave(t.ctx, "b"), "Leave")
	}
	t.check(m.Leave(t.ctx, "nobody"), "Leave of a node that was never there")
	t.nodes(m, "after one left", "A=x", "a=x", "c=x", "é/:%=x")
}

func membersBeat(t *T) {
	m := has[store.Members](t, t.open())
	t.beat(m, "a", "1")
	t.beat(m, "b", "1")
	t.beat(m, "a", "2")
	t.nodes(m, "after the second Beat", "a=2", "b=1")
}

func membersSeen(t *T) {
	s := t.open()
	m := has[store.Members](t, s)
	liar := store.Member{Node: "a", Seen: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)}
	t.check(m.Beat(t.ctx, liar), "Beat")
	now := time.Now()
	if c, ok := s.(store.Clock); ok {
		var err error
		now, err = c.Now(t.ctx)
		t.check(err, "Now")
	}
	for _, n := range t.nodes(m, "after Beat", "a=") {
		if off := n.Seen.Sub(now).Abs(); off > time.Hour {
			t.Errorf("Seen is %v when the store's clock shows %v", n.Seen, now)
		}
	}
}

func membersHandles(t *T) {
	t.shared()
	a, b := has[store.Members](t, t.open()), has[store.Members](t, t.open())
	t.beat(a, "a", "1")
	t.beat(b, "b", "1")
	t.nodes(a, "through one handle", "a=1", "b=1")
	t.nodes(b, "through the other", "a=1", "b=1")
	t.check(b.Leave(t.ctx, "a"), "Leave")
	t.nodes(a, "after one left through the other handle", "b=1")
}
