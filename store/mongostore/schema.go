package mongostore

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-asyncz/asyncz/store"
)

// metaCollection says which collections are a store's, and of which version:
// {_id: name of the collection, version: int}.
const metaCollection = "asyncz_meta"

// schemaVersion is the version of the documents that this code reads and writes.
const schemaVersion = 1

// prepare makes sure that the collections are there and ours, and makes them if it
// may. What is not ours is not touched.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.judgeKinds(ctx); err != nil {
		return err
	}
	marked, err := s.judgeVersion(ctx)
	if err != nil {
		return err
	}
	if err := s.judgeContent(ctx, marked); err != nil {
		return err
	}
	if !marked && !store.MayCreate(ctx) {
		return fmt.Errorf("%w: no collection %s.%s", store.ErrAbsent, s.db.Name(), s.tasks.Name())
	}
	if !marked {
		_, err := s.db.Collection(metaCollection).InsertOne(ctx, bson.D{{Key: "_id", Value: s.tasks.Name()}, {Key: "version", Value: schemaVersion}})
		// another process may have been faster
		if err != nil && !mongo.IsDuplicateKeyError(err) {
			return err
		}
	}
	return s.index(ctx)
}

func (s *Store) refuse(format string, args ...any) error {
	return &explained{fmt.Errorf("%w: %s can't be used", store.ErrConfig, s.where), fmt.Errorf(format, args...)}
}

// judgeKinds returns an error when one of the collections is of a kind in which
// records can't be kept.
func (s *Store) judgeKinds(ctx context.Context) error {
	names := bson.A{s.tasks.Name(), s.runs.Name(), s.nodes.Name()}
	found, err := s.db.ListCollectionSpecifications(ctx, cond("name", "$in", names))
	if err != nil {
		return err
	}
	for _, c := range found {
		locale, _ := c.Options.Lookup("collation", "locale").StringValueOK()
		capped, _ := c.Options.Lookup("capped").BooleanOK()
		switch {
		case c.Type != "" && c.Type != "collection":
			return s.refuse("%s.%s is a %s, and tasks need a plain collection; choose another name", s.db.Name(), c.Name, c.Type)
		case capped:
			return s.refuse("the collection %s.%s is capped: the server would throw tasks away; choose another name", s.db.Name(), c.Name)
		case locale != "" && locale != "simple":
			return s.refuse("the collection %s.%s compares text by the rules of %q, and ids are compared byte by byte; choose another name, or make it without a collation",
				s.db.Name(), c.Name, locale)
		}
	}
	return nil
}

// judgeVersion tells whether the collection is marked as a store's, and returns
// an error when it is one of a version to come.
func (s *Store) judgeVersion(ctx context.Context) (marked bool, err error) {
	raw, err := s.db.Collection(metaCollection).FindOne(ctx, bson.D{{Key: "_id", Value: s.tasks.Name()}}).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	version, ok := raw.Lookup("version").AsInt64OK()
	switch {
	case !ok || version < 1:
		return false, s.refuse("the collection %s.%s is not ours; it was left as it is, choose another database", s.db.Name(), metaCollection)
	case version > schemaVersion:
		return false, s.refuse("the collection %s.%s has the version %d and this program knows versions up to %d; use a newer program",
			s.db.Name(), s.tasks.Name(), version, schemaVersion)
	}
	return true, nil
}

// judgeContent looks at some documents of each collection, and returns an error
// when they are somebody else's. Of a collection that is marked as ours it looks
// for those of the Python program alone: others may be damaged records.
func (s *Store) judgeContent(ctx context.Context, marked bool) error {
	for _, c := range []struct {
		in     *mongo.Collection
		fields []string
	}{
		{s.tasks, []string{"executor", "rev", "data"}},
		{s.runs, []string{"log", "task", "fire", "ended"}},
		{s.nodes, []string{"seen"}},
	} {
		cursor, err := c.in.Find(ctx, bson.D{}, options.Find().SetLimit(3))
		if err != nil {
			return err
		}
		var documents []bson.Raw
		if err := cursor.All(ctx, &documents); err != nil {
			return err
		}
		for _, d := range documents {
			switch ours := has(d, c.fields...); {
			case !ours && has(d, "next_run_time", "state"):
				return s.refuse("the collection %s.%s is one of the Python program asyncz, whose tasks are Python objects; it was left as it is, choose another collection",
					s.db.Name(), c.in.Name())
			case !ours && !marked:
				return s.refuse("the collection %s.%s is somebody else's (a document has the _id %.80s and no task in it); it was left as it is, choose another collection",
					s.db.Name(), c.in.Name(), d.Lookup("_id"))
			}
		}
	}
	return nil
}

func has(d bson.Raw, fields ...string) bool {
	for _, name := range fields {
		if _, err := d.LookupErr(name); err != nil {
			return false
		}
	}
	return true
}
