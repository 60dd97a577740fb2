package mongostore

import (
	"context"
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-asyncz/asyncz/store"
)

// A found document is a record, or something that the server took for one.
type found struct {
	at     place
	record store.Record
	err    error // wraps ErrCorrupt
}

// A place is one in the order by due time and id.
type place struct {
	due int64
	id  string
}

// Due returns the records that are due, earliest first, then by id. Documents
// that can't be read are left out.
func (s *Store) Due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	records, err := s.due(ctx, q)
	return records, s.explain(ctx, err)
}

// NextDue returns the earliest due time of the records with one of these
// labels, or the zero time. Documents that can't be read are left out.
func (s *Store) NextDue(ctx context.Context, executors []string) (time.Time, error) {
	if err := s.enter(ctx); err != nil {
		return time.Time{}, err
	}
	defer s.leave()
	records, err := s.due(ctx, store.DueQuery{At: time.UnixMicro(math.MaxInt64), Executors: executors, Limit: 1})
	if err != nil || len(records) == 0 {
		return time.Time{}, s.explain(ctx, err)
	}
	return records[0].Due, nil
}

// due reads page after page until it has as many records as were asked for:
// what looks right to the server may be unreadable all the same.
func (s *Store) due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	if q.Limit <= 0 || (q.Executors != nil && len(q.Executors) == 0) {
		return nil, nil
	}
	var records []store.Record
	var from *place
	for {
		missing := q.Limit - len(records)
		page, err := s.page(ctx, q.Executors, from, micros(q.At), missing)
		if err != nil {
			return nil, err
		}
		for _, f := range page {
			if f.err == nil {
				records = append(records, f.record)
			}
		}
		if len(page) < missing || len(records) == q.Limit {
			return records, nil
		}
		last := page[len(page)-1].at
		from = &last
	}
}

// page returns the first documents that are due until the given time, in order,
// of those after a place. It asks for the rest of those due at the same time
// and then for those due later, because the server would look at all of the
// former again and again if it were asked for both in one.
func (s *Store) page(ctx context.Context, executors []string, from *place, until int64, limit int) ([]found, error) {
	var base bson.D
	if executors != nil {
		base = cond("executor", "$in", executors)
	}
	earliest := bson.E{Key: "$gte", Value: int64(math.MinInt64)}
	var page []found
	if from != nil {
		var err error
		rest := append(base[:len(base):len(base)], bson.E{Key: "due", Value: from.due}, cond("_id", "$gt", from.id)[0], readable)
		if page, err = s.find(ctx, rest, limit); err != nil || len(page) == limit {
			return page, err
		}
		earliest = bson.E{Key: "$gt", Value: from.due}
	}
	later := append(base[:len(base):len(base)], bson.E{Key: "due", Value: bson.D{earliest, {Key: "$lte", Value: until}}}, readable)
	more, err := s.find(ctx, later, limit-len(page))
	return append(page, more...), err
}

// mostPerReply bounds the documents of one reply, unless the query wants fewer.
const mostPerReply = 5000

// find returns the first documents of those that the filter selects, by due
// time and id.
func (s *Store) find(ctx context.Context, filter bson.D, limit int) ([]found, error) {
	cursor, err := s.tasks.Find(ctx, filter, options.Find().
		SetSort(ordered("due", "_id")).SetLimit(int64(limit)).SetBatchSize(int32(min(limit, mostPerReply))))
	if err != nil {
		return nil, err
	}
	defer cursor.Close(ctx)
	var page []found
	for cursor.Next(ctx) {
		var f found
		f.at.due, _ = cursor.Current.Lookup("due").Int64OK()
		f.at.id, _ = cursor.Current.Lookup("_id").StringValueOK()
		f.record, f.err = decode(cursor.Current)
		page = append(page, f)
	}
	return page, cursor.Err()
}
