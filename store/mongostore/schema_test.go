package mongostore_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/mongostore"
)

// dump is all that a collection holds.
func (p place) dump(t *testing.T, suffix string) string {
	t.Helper()
	cursor, err := p.client.Database(p.database).Collection(p.collection+suffix).Find(bg, bson.D{})
	must(t, err)
	var documents []bson.Raw
	must(t, cursor.All(bg, &documents))
	lines := make([]string, len(documents))
	for i, d := range documents {
		lines[i] = d.String()
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (p place) insert(t *testing.T, suffix string, documents ...any) {
	t.Helper()
	_, err := p.client.Database(p.database).Collection(p.collection+suffix).InsertMany(bg, documents)
	must(t, err)
}

// pythons is a task as the Python program keeps it.
var pythons = bson.D{{Key: "_id", Value: "t1"}, {Key: "next_run_time", Value: 1795489241.866}, {Key: "state", Value: []byte{0x80, 5}}}

func TestCollectionsOfOthersAreRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		suffix   string
		document bson.D
		says     string
	}{
		"the Python program's": {"", pythons, "one of the Python program asyncz"},
		"somebody's":           {"", bson.D{{Key: "_id", Value: 7}, {Key: "name", Value: "x"}}, "somebody else's"},
		"somebody's runs":      {"_runs", bson.D{{Key: "_id", Value: 7}, {Key: "ended", Value: int64(5)}}, "_runs is somebody else's"},
		"somebody's nodes":     {"_nodes", bson.D{{Key: "_id", Value: 7}, {Key: "name", Value: "x"}}, "_nodes is somebody else's"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.insert(t, c.suffix, c.document)
			before := p.dump(t, c.suffix)
			_, err := mongostore.Open(bg, p.url, mongostore.WithCollection(p.collection), patient)
			is(t, err, store.ErrConfig, "Open")
			says(t, err, p.database+"."+p.collection, c.says, "it was left as it is, choose another collection")
			if after := p.dump(t, c.suffix); after != before {
				t.Errorf("the collection was\n%s\nand is\n%s", before, after)
			}
			names, err := p.client.Database(p.database).ListCollectionNames(bg, bson.D{{Key: "name", Value: bson.D{{Key: "$in", Value: bson.A{
				p.collection, p.collection + "_runs", p.collection + "_nodes"}}}}})
			must(t, err)
			if len(names) != 1 {
				t.Errorf("there are the collections %q now", names)
			}
		})
	}
}

func TestPythonProgramThatCameAfterTheStoreIsFoundOut(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	must(t, p.open(t).Clear(bg)) // makes the collection and its mark
	p.insert(t, "", pythons)
	_, err := mongostore.Open(bg, p.url, mongostore.WithCollection(p.collection), patient)
	says(t, err, "one of the Python program asyncz")
}

func TestTasksWithoutTheirMarkAreTaken(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	must(t, p.open(t).Add(bg, rec("a")))
	_, err := p.client.Database(p.database).Collection("asyncz_meta").DeleteOne(bg, bson.D{{Key: "_id", Value: p.collection}})
	must(t, err)
	get(t, p.open(t), "a")
}

func TestVersionsToComeAreRefused(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	meta := p.client.Database(p.database).Collection("asyncz_meta")
	_, err := meta.InsertOne(bg, bson.D{{Key: "_id", Value: p.collection}, {Key: "version", Value: 2}})
	must(t, err)
	_, err = mongostore.Open(bg, p.url, mongostore.WithCollection(p.collection), patient)
	is(t, err, store.ErrConfig, "Open")
	says(t, err, "has the version 2", "versions up to 1", "use a newer program")
	_, err = meta.UpdateOne(bg, bson.D{{Key: "_id", Value: p.collection}}, bson.D{{Key: "$set", Value: bson.D{{Key: "version", Value: "x"}}}})
	must(t, err)
	_, err = mongostore.Open(bg, p.url, mongostore.WithCollection(p.collection), patient)
	says(t, err, "asyncz_meta is not ours")
}

// The server at hand has neither views nor collations, so that the front tells
// of them as MongoDB does.
func TestCollectionsThatCantKeepRecordsAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind    string
		options bson.D
		says    string
	}{
		"view":        {"view", bson.D{{Key: "viewOn", Value: "x"}}, "is a view"},
		"time series": {"timeseries", bson.D{}, "is a timeseries"},
		"capped":      {"collection", bson.D{{Key: "capped", Value: true}}, "is capped: the server would throw tasks away"},
		"collation":   {"collection", bson.D{{Key: "collation", Value: bson.D{{Key: "locale", Value: "de"}, {Key: "strength", Value: 2}}}}, `by the rules of "de"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			f := p.front(t)
			f.replies(func(command string, reply bson.D) bson.D {
				if command != "listCollections" {
					return reply
				}
				return bson.D{{Key: "ok", Value: 1.0}, {Key: "cursor", Value: bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: p.database + ".$cmd.listCollections"},
					{Key: "firstBatch", Value: bson.A{bson.D{{Key: "name", Value: p.collection}, {Key: "type", Value: c.kind}, {Key: "options", Value: c.options}}}}}}}
			})
			_, err := mongostore.Open(bg, p.through(f), mongostore.WithCollection(p.collection), patient)
			is(t, err, store.ErrConfig, "Open")
			says(t, err, p.collection, c.says, "choose another name")
		})
	}
}

func TestManyMayStartAtOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			s, err := mongostore.Open(bg, p.url, mongostore.WithCollection(p.collection), patient)
			if err != nil {
				t.Errorf("Open: %v", err)
				return
			}
			defer s.Close()
			if err := s.Add(bg, rec(fmt.Sprint(i))); err != nil {
				t.Errorf("Add: %v", err)
			}
		})
	}
	group.Wait()
	specs, err := p.tasks().Indexes().ListSpecifications(bg)
	must(t, err)
	got := map[string]string{}
	for _, s := range specs {
		elements, err := s.KeysDocument.Elements()
		must(t, err)
		for _, e := range elements {
			got[s.Name] += fmt.Sprintf(" %s:%d", e.Key(), e.Value().AsInt64())
		}
	}
	if got["asyncz_executor_due"] != " executor:1 due:1 _id:1" || got["asyncz_due"] != " due:1 _id:1" {
		t.Errorf("the indexes are %q", got)
	}
}

// Each field can be damaged so that the document is no record any more. What is
// damaged is left as it is, is told of, and disturbs nobody.
func TestDamageOfAnyFieldKeepsThePromises(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	s := p.open(t)
	damages := []struct {
		field string
		value any
	}{
		{"due", "soon"}, {"due", bson.A{int64(1)}}, {"due", 5.5}, {"executor", bson.A{"default"}}, {"executor", 7},
		{"rev", int64(0)}, {"rev", int32(1)}, {"rev", bson.A{int64(1)}}, {"rev", 1.0}, {"data", "text"}, {"data", nil}, {"by", "me"}, {"by", bson.A{}},
	}
	early := func(id string) store.Record {
		r := rec(id)
		r.Due = noon.Add(-time.Hour)
		return r
	}
	for i, d := range damages {
		id := fmt.Sprintf("bad-%02d", i)
		must(t, s.Add(bg, early(id)))
		must(t, p.damage(id, d.field, d.value))
	}
	long := strings.Repeat("x", 256)
	foreign := func(id any) bson.D {
		return bson.D{{Key: "_id", Value: id}, {Key: "due", Value: noon.Add(-2 * time.Hour).UnixMicro()}, {Key: "executor", Value: "default"},
			{Key: "rev", Value: int64(1)}, {Key: "data", Value: []byte("x")}, {Key: "by", Value: bson.D{}}}
	}
	p.insert(t, "", foreign(int64(5)), foreign(""), foreign(long))
	must(t, s.Add(bg, rec("good-1")))
	must(t, s.Add(bg, rec("good-2")))
	before := p.dump(t, "")

	for i := range damages {
		id := fmt.Sprintf("bad-%02d", i)
		what := fmt.Sprintf("%s is %v", damages[i].field, damages[i].value)
		_, err := s.Get(bg, id)
		is(t, err, store.ErrCorrupt, "Get when "+what)
		says(t, err, id, damages[i].field)
		is(t, s.Update(bg, store.Record{ID: id, Rev: 1}), store.ErrCorrupt, "Update when "+what)
		is(t, s.Delete(bg, id, 1), store.ErrCorrupt, "Delete of a revision when "+what)
		is(t, s.Add(bg, rec(id)), store.ErrExists, "Add when "+what)
	}
	results, err := s.Batch(bg, []store.Write{
		{Op: store.OpDelete, Record: store.Record{ID: "bad-00", Rev: 1}}, {Op: store.OpDelete, Record: store.Record{ID: "missing", Rev: 1}},
		{Op: store.OpUpdate, Record: store.Record{ID: "bad-01", Rev: 1}}, {Op: store.OpUpdate, Record: store.Record{ID: "missing", Rev: 1}},
		{Op: store.OpAdd, Record: rec("bad-02")},
	})
	must(t, err)
	for i, want := range []error{store.ErrCorrupt, store.ErrNotFound, store.ErrCorrupt, store.ErrNotFound, store.ErrExists} {
		is(t, results[i], want, fmt.Sprint("write ", i, " of a batch"))
	}
	next, err := s.NextDue(bg, nil)
	must(t, err)
	if !next.Equal(noon) {
		t.Errorf("NextDue is %v", next)
	}
	for _, limit := range []int{1, 2, 100} {
		due, err := s.Due(bg, store.DueQuery{At: noon, Limit: limit})
		must(t, err)
		if want := min(limit, 2); len(due) != want || due[0].ID != "good-1" {
			t.Errorf("Due with limit %d returns %d records, want the good ones", limit, len(due))
		}
	}
	if after := p.dump(t, ""); after != before {
		t.Errorf("the collection was\n%s\nand is\n%s", before, after)
	}
	var good, bad []string
	for r, err := range s.All(bg) {
		if err == nil {
			good = append(good, r.ID)
			continue
		}
		is(t, err, store.ErrCorrupt, "All")
		bad = append(bad, r.ID)
		if len(good) < 2 {
			t.Errorf("%q comes before the good ones", r.ID)
		}
	}
	if len(bad) != len(damages)+3 || !slices.Contains(bad, "bad-03") || !slices.Contains(bad, long) {
		t.Errorf("All tells of %q", bad)
	}
	claimed, err := s.Claim(bg, store.DueQuery{At: noon, Executors: []string{"default"}, Limit: 100}, noon)
	must(t, err)
	if len(claimed) != 2 {
		t.Errorf("Claim returns %v", claimed)
	}
	must(t, s.Delete(bg, "bad-00", 0))
	must(t, s.Delete(bg, long, 0))
	results, err = s.Batch(bg, []store.Write{{Op: store.OpDelete, Record: store.Record{ID: "bad-01"}}, {Op: store.OpDelete, Record: store.Record{ID: "bad-02"}}})
	must(t, errors.Join(append(results, err)...))
	_, err = s.Get(bg, "bad-01")
	is(t, err, store.ErrNotFound, "Get of a damaged record that was deleted by its name")
	must(t, s.Clear(bg))
	if rest := p.dump(t, ""); rest != "" {
		t.Errorf("after Clear there is %s", rest)
	}
}
