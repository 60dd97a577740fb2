package mongostore

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// TrimRuns removes the rows that ended before the given time, and of the rest
// all but the last keep.
func (s *Store) TrimRuns(ctx context.Context, before time.Time, keep int) (int, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.leave()
	removed := int64(0)
	if !before.IsZero() {
		r, err := s.runs.DeleteMany(ctx, cond("ended", "$lt", micros(before)))
		if err != nil {
			return 0, s.explain(ctx, err)
		}
		removed = r.DeletedCount
	}
	if keep < 1 {
		return int(removed), nil
	}
	// the last of those to go
	raw, err := s.runs.FindOne(ctx, bson.D{}, options.FindOne().
		SetSort(ordered("-ended", "-_id")).SetSkip(int64(keep)).SetProjection(ordered("ended"))).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return int(removed), nil
	}
	if err != nil {
		return int(removed), s.explain(ctx, err)
	}
	ended, id := raw.Lookup("ended"), raw.Lookup("_id")
	for _, filter := range []bson.D{
		{{Key: "ended", Value: ended}, cond("_id", "$lte", id)[0]},
		cond("ended", "$lt", ended),
	} {
		r, err := s.runs.DeleteMany(ctx, filter)
		if err != nil {
			return int(removed), s.explain(ctx, err)
		}
		removed += r.DeletedCount
	}
	return int(removed), nil
}
