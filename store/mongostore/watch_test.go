package mongostore_test

import (
	"context"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/mongostore"
)

func TestWatcherIsOneWhereThereAreChangeStreams(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	f := p.front(t)
	o, err := mongostore.Open(bg, p.through(f), mongostore.WithCollection(p.collection), patient)
	must(t, err)
	defer o.Close()
	if _, ok := o.(store.Watcher); ok {
		t.Error("the store of a single server is a Watcher")
	}
	f.asReplicaSet()
	o, err = mongostore.Open(bg, p.through(f), mongostore.WithCollection(p.collection), patient)
	must(t, err)
	defer o.Close()
	if _, ok := o.(store.Watcher); !ok {
		t.Error("the store of a replica set is no Watcher")
	}
}

// The events are written as MongoDB's manual has them.
func TestWatcherWakesForWhatOthersHaveMadeDue(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	own, other := p.open(t), p.open(t)
	mine, _ := mongostore.Marks(own)
	theirs, claim := mongostore.Marks(other)
	due := noon.UnixMicro()
	insert := func(due any, mark int64) bson.D {
		return bson.D{{Key: "operationType", Value: "insert"}, {Key: "fullDocument", Value: bson.D{{Key: "_id", Value: "a"}, {Key: "due", Value: due},
			{Key: "executor", Value: "x"}, {Key: "rev", Value: int64(1)}, {Key: "by", Value: bson.D{{Key: "1", Value: mark}}}}}}
	}
	update := func(fields ...bson.E) bson.D {
		return bson.D{{Key: "operationType", Value: "update"}, {Key: "updateDescription", Value: bson.D{{Key: "updatedFields", Value: bson.D(fields)}, {Key: "removedFields", Value: bson.A{}}}}}
	}
	for name, c := range map[string]struct {
		event bson.D
		want  bool
	}{
		"added by others":        {insert(due, theirs), true},
		"added paused":           {insert(nil, theirs), false},
		"added by itself":        {insert(due, mine), false},
		"moved by others":        {update(bson.E{Key: "due", Value: due}, bson.E{Key: "rev", Value: int64(2)}, bson.E{Key: "by.2", Value: theirs}), true},
		"moved by itself":        {update(bson.E{Key: "due", Value: due}, bson.E{Key: "by.2", Value: mine}), false},
		"claimed by others":      {update(bson.E{Key: "due", Value: due}, bson.E{Key: "by.3", Value: claim}), false},
		"changed, due as it was": {update(bson.E{Key: "rev", Value: int64(3)}, bson.E{Key: "by.3", Value: theirs}), false},
		"paused":                 {update(bson.E{Key: "due", Value: nil}, bson.E{Key: "by.0", Value: theirs}), false},
		"by an unknown program":  {update(bson.E{Key: "due", Value: due}), true},
		"of another kind":        {bson.D{{Key: "operationType", Value: "replace"}}, true},
	} {
		raw, err := bson.Marshal(c.event)
		must(t, err)
		if got := mongostore.Wakes(own, raw); got != c.want {
			t.Errorf("%s: wakes is %v, want %v", name, got, c.want)
		}
	}
}

// The server at hand has no change streams: its refusal is the reason.
func TestWatchReturnsWhyItCantWatch(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	f := p.front(t)
	f.asReplicaSet()
	s := p.behind(t, f, "?collection="+p.collection)
	answer(f, "aggregate", 40573, "Location40573")
	err := s.(store.Watcher).Watch(bg, func() {})
	says(t, err, "the server's words")
	ctx, cancel := context.WithCancel(bg)
	met := f.once("aggregate", silence)
	ended := make(chan error, 1)
	go func() { ended <- s.(store.Watcher).Watch(ctx, func() {}) }()
	meets(t, met, ended)
	cancel()
	is(t, <-ended, context.Canceled, "Watch")
	met = f.once("aggregate", silence)
	go func() { ended <- s.(store.Watcher).Watch(bg, func() {}) }()
	meets(t, met, ended)
	must(t, s.Close())
	is(t, <-ended, store.ErrClosed, "Watch")
}

// meets waits until a watch has asked the server.
func meets(t *testing.T, met <-chan struct{}, ended <-chan error) {
	t.Helper()
	select {
	case <-met:
	case err := <-ended:
		t.Fatalf("Watch ended before it asked: %v", err)
	}
}

func TestDoctorIsToldOfTheDeployment(t *testing.T) {
	t.Parallel()
	set := bson.D{{Key: "setName", Value: "rs0"}, {Key: "hosts", Value: bson.A{"a:1", "b:1", "c:1"}}}
	for name, c := range map[string]struct {
		hello, build bson.D
		says         string
	}{
		"single server":   {bson.D{}, bson.D{{Key: "version", Value: "8.0.1"}}, "stands alone"},
		"FerretDB 1":      {bson.D{}, bson.D{{Key: "ferretdbVersion", Value: "v1.24.2"}}, "FerretDB (version v1.24.2)"},
		"FerretDB 2":      {bson.D{}, bson.D{{Key: "ferretdb", Value: bson.D{{Key: "version", Value: "v2.1.0"}}}}, "FerretDB (version v2.1.0)"},
		"set of one":      {bson.D{{Key: "setName", Value: "rs0"}, {Key: "hosts", Value: bson.A{"a:1"}}}, bson.D{}, "has one member"},
		"replica set":     {set, bson.D{{Key: "version", Value: "8.0.1"}}, ""},
		"sharded cluster": {bson.D{{Key: "msg", Value: "isdbgrid"}}, bson.D{}, ""},
	} {
		if got := strings.Join(mongostore.Deployment(c.hello, c.build), "\n"); !strings.Contains(got, c.says) || c.says == "" && got != "" {
			t.Errorf("%s: %q does not say %q", name, got, c.says)
		}
	}
	for key, wrong := range map[string]bool{`{"_id": 1}`: false, `{"_id": "hashed"}`: false, `{"executor": 1}`: true, `{"executor": 1, "_id": 1}`: true} {
		var raw bson.Raw
		must(t, bson.UnmarshalExtJSON([]byte(key), false, &raw))
		if got := mongostore.ShardKey("asyncz.tasks", raw); len(got) > 0 != wrong {
			t.Errorf("of the shard key %s doctor is told %q", key, got)
		}
	}
}

func TestDoctorIsToldWhatTheServerIs(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	found, err := p.open(t).Check(bg)
	must(t, err)
	for _, sentence := range found {
		if strings.Contains(sentence, "index") {
			t.Errorf("an index is missing: %s", sentence)
		}
	}
}
