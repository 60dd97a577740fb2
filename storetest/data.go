package storetest

import (
	"bytes"
	"context"
	"slices"

	"github.com/go-asyncz/asyncz/store"
)

var dataCases = []testCase{
	{name: "Data/AnySize", prove: dataSizes,
		promise: "data of 0 bytes to 1 MiB comes back as it was, after Add and after Update."},
	{name: "Data/AnyByte", prove: dataBytes,
		promise: "data may hold any bytes."},
	{name: "Data/HandedOutIsTheCallers", prove: dataHandedOut,
		promise: "a caller may change the data of a record that was handed out: it is nobody else's."},
	{name: "Data/HandedInIsCopied", prove: dataHandedIn,
		promise: "a caller may use the bytes that were handed in again, once the method has returned."},
	{name: "Executor/AnyLabel", prove: executorLabels,
		promise: "a label may be any UTF-8 text without NUL up to 255 bytes, also none, and labels are compared byte by byte."},
}

// pattern is n bytes in which no part repeats soon.
func pattern(n int) []byte {
	data := make([]byte, n)
	x := uint32(2463534242)
	for i := range data {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		data[i] = byte(x)
	}
	return data
}

func dataSizes(t *T) {
	s := t.open()
	for _, n := range []int{0, 1, 1000, 64 << 10, 1 << 20} {
		r := store.Record{ID: "a", Due: noon, Data: pattern(n)}
		t.check(s.Add(t.ctx, r), "Add with %d bytes", n)
		r.Rev = 1
		t.holds(s, r, "after Add")
		r.Data = append([]byte(nil), r.Data...)
		slices.Reverse(r.Data)
		t.check(s.Update(t.ctx, r), "Update with %d bytes", n)
		r.Rev = 2
		t.holds(s, r, "after Update")
		t.check(s.Delete(t.ctx, "a", 2), "Delete")
	}
}

func dataBytes(t *T) {
	s := t.open()
	var every []byte
	for b := range 256 {
		every = append(every, byte(b))
	}
	for id, data := range map[string][]byte{
		"every byte": every, "zeros": make([]byte, 300), "ones": bytes.Repeat([]byte{0xff}, 300),
		"line ends": []byte("\r\n\n\r"), "a trailing space": []byte("a "), "looks like text": []byte(`\x00'";--`),
	} {
		t.holds(s, t.add(s, store.Record{ID: id, Due: noon, Data: data})[0], "after Add")
	}
}

func dataHandedOut(t *T) {
	s := t.open()
	want := t.add(s, rec("a"))[0]
	want.Data = slices.Clone(want.Data)
	spoil := func(how string, r store.Record, err error) {
		t.check(err, "%s", how)
		for i := range r.Data {
			r.Data[i] = 'X'
		}
		t.holds(s, want, "after the data that "+how+" returned was changed")
	}
	r, err := s.Get(t.ctx, "a")
	spoil("Get", r, err)
	for _, r := range t.due(s, at(noon)) {
		spoil("Due", r, nil)
	}
	for r, err := range s.All(t.ctx) {
		spoil("All", r, err)
	}
	if c, ok := s.(store.Claimer); ok {
		claimed, err := c.Claim(t.ctx, at(noon), hold)
		t.check(err, "Claim")
		for _, r := range claimed {
			want.Rev, want.Due = 2, hold
			spoil("Claim", r, nil)
		}
	}
}

func dataHandedIn(t *T) {
	s := t.open()
	writes := map[string]func(r store.Record) error{
		"Add":    func(r store.Record) error { return s.Add(t.ctx, r) },
		"Update": func(r store.Record) error { r.Rev = 1; return s.Update(t.ctx, r) },
	}
	if b, ok := s.(store.Batcher); ok {
		writes["Batch"] = func(r store.Record) error { return batchOne(t.ctx, b, r) }
	}
	for _, how := range []string{"Add", "Update", "Batch"} {
		if writes[how] == nil {
			continue
		}
		r := rec("a")
		t.check(writes[how](r), "%s", how)
		clear(r.Data)
		if got := t.get(s, "a"); !bytes.Equal(got.Data, rec("a").Data) {
			t.Errorf("after the slice handed to %s was changed, the store's data is %s, want %s", how, show(got.Data), show(rec("a").Data))
		}
	}
}

// batchOne updates revision 2 of a record by a batch.
func batchOne(ctx context.Context, b store.Batcher, r store.Record) error {
	r.Rev = 2
	results, err := b.Batch(ctx, []store.Write{{Op: store.OpUpdate, Record: r}})
	if err != nil {
		return err
	}
	return results[0]
}

func executorLabels(t *T) {
	s := t.open()
	labels := []string{"", "a", "A", "a ", "a/b", "é", "e\u0301", "'", "%", "*", string(bytes.Repeat([]byte("x"), 255))}
	for i, label := range labels {
		r := rec(string(rune('a' + i)))
		r.Executor = label
		t.holds(s, t.add(s, r)[0], "after Add")
	}
	for i, label := range labels {
		q := store.DueQuery{At: noon.Add(margin), Executors: []string{label}, Limit: 100}
		t.lists(t.due(s, q), "Due("+showQuery(q)+")", string(rune('a'+i)))
	}
}
