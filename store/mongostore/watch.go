package mongostore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/go-asyncz/asyncz/store"
)

// watched is a store on a deployment that has change streams.
type watched struct{ *Store }

// Watch wakes when another handle has added a record or changed when it is due.
// It does not wake for the writes of its own handle, nor for claims, which make
// nothing due earlier.
func (s watched) Watch(ctx context.Context, wake func()) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	s.leave() // not held: Close would wait for it
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	err := s.follow(ctx, wake)
	if s.life.Err() != nil {
		return store.ErrClosed
	}
	return s.explain(ctx, err)
}

// The stream leaves out the data, which may be large.
var changes = mongo.Pipeline{
	cond("$match", "operationType", bson.D{{Key: "$in", Value: bson.A{"insert", "update", "replace"}}}),
	{{Key: "$project", Value: bson.D{{Key: "fullDocument.data", Value: 0}, {Key: "updateDescription.updatedFields.data", Value: 0}}}},
}

// follow reads the collection's change stream until it ends, and returns why.
func (s *Store) follow(ctx context.Context, wake func()) error {
	stream, err := s.tasks.Watch(ctx, changes)
	if err != nil {
		return err
	}
	defer stream.Close(context.WithoutCancel(ctx))
	// What was added before the stream began is known to nobody.
	wake()
	for stream.Next(ctx) {
		if s.wakes(stream.Current) {
			wake()
		}
	}
	if err := errors.Join(ctx.Err(), stream.Err()); err != nil {
		return err
	}
	return fmt.Errorf("the change stream of %s.%s has ended: the collection was dropped or renamed", s.db.Name(), s.tasks.Name())
}

// wakes tells whether a change may have made something due earlier.
func (s *Store) wakes(event bson.Raw) bool {
	fields, ok := event.Lookup("fullDocument").DocumentOK()
	if !ok {
		fields, ok = event.Lookup("updateDescription", "updatedFields").DocumentOK()
	}
	if !ok {
		return true
	}
	if _, scheduled := fields.Lookup("due").Int64OK(); !scheduled {
		return false
	}
	m, known := lastMark(fields)
	return !known || !m.of(s) && !m.isClaim()
}

// lastMark returns the mark that a change has left. A change names the field as
// by.2; a new document has only the one of its first revision.
func lastMark(fields bson.Raw) (m mark, known bool) {
	elements, err := fields.Elements()
	if err != nil {
		return 0, false
	}
	for _, e := range elements {
		if n, ok := e.Value().Int64OK(); ok && strings.HasPrefix(e.Key(), "by.") {
			return mark(n), true
		}
	}
	n, known := fields.Lookup("by", slot(1)).Int64OK()
	return mark(n), known
}
