package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-asyncz/asyncz/store"
)

// Beat writes or rewrites the node's document, {_id: node, seen: date, data:
// binary}. The server sets seen, to the millisecond.
func (s *Store) Beat(ctx context.Context, m store.Member) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	_, err := s.nodes.UpdateOne(ctx, bson.D{{Key: "_id", Value: m.Node}}, bson.D{
		{Key: "$set", Value: bson.D{{Key: "data", Value: dataField(m.Data)}}},
		{Key: "$currentDate", Value: bson.D{{Key: "seen", Value: true}}},
	}, options.UpdateOne().SetUpsert(true))
	return s.explain(ctx, err)
}

// Leave removes the node's document.
func (s *Store) Leave(ctx context.Context, node string) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	_, err := s.nodes.DeleteOne(ctx, bson.D{{Key: "_id", Value: node}})
	return s.explain(ctx, err)
}

// Members returns all nodes by name. Of a document that isn't ours it returns
// what can be read.
func (s *Store) Members(ctx context.Context) ([]store.Member, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	cursor, err := s.nodes.Find(ctx, bson.D{}, options.Find().SetSort(ordered("_id")))
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	defer cursor.Close(ctx)
	var members []store.Member
	for cursor.Next(ctx) {
		d := fields{raw: cursor.Current}
		m := store.Member{Node: d.text("_id"), Data: d.binary("data")}
		if seen, ok := cursor.Current.Lookup("seen").TimeOK(); ok {
			m.Seen = seen.UTC()
		}
		members = append(members, m)
	}
	return members, s.explain(ctx, cursor.Err())
}
