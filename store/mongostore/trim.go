package mongostore

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-asyncz/asyncz/store"
)

// TrimRuns removes the rows of a history that ended before the given time, and of
// the rest all but the last keep; so many at a time that no command takes long.
func (s *Store) TrimRuns(ctx context.Context, log string, before time.Time, keep int) (removed int, err error) {
	if err := store.CheckLog(log); err != nil {
		return 0, err
	}
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.leave()
	stays := logID(log) // what comes before it goes
	if !before.IsZero() {
		stays += digits(before)
	}
	if keep > 0 {
		first, err := s.runAt(ctx, log, logEnd(log), "-_id", keep-1)
		if err != nil {
			return 0, s.explain(ctx, err)
		}
		stays = max(stays, first)
	}
	for {
		to, err := s.runAt(ctx, log, stays, "_id", runStep)
		if err != nil {
			return removed, s.explain(ctx, err)
		}
		last := to == ""
		if last {
			to = stays
		}
		r, err := s.runs.DeleteMany(ctx, bson.D{between(logID(log), to)})
		if err != nil {
			return removed, s.explain(ctx, err)
		}
		if removed += int(r.DeletedCount); last {
			return removed, nil
		}
	}
}

// runAt returns the _id of the row after so many others in an order, of a history's
// rows up to an _id, or "" when there are not so many.
func (s *Store) runAt(ctx context.Context, log, to, order string, skip int) (string, error) {
	raw, err := s.runs.FindOne(ctx, bson.D{between(logID(log), to)}, options.FindOne().
		SetSort(ordered(order)).SetSkip(int64(skip)).SetProjection(ordered("_id"))).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return raw.Lookup("_id").StringValue(), nil
}
