package mongostore

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-asyncz/asyncz/store"
)

// Claim takes the records that are due and moves their due time to hold: it
// looks for them, and changes each if it still has the revision seen, which is
// two round trips for any number. Of nodes that look at the same moment one
// changes a record; the others leave it, and look again if they got none at all.
func (s *Store) Claim(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	until, err := dueField(hold)
	if err != nil {
		return nil, err
	}
	for {
		records, err := s.due(ctx, q)
		if err != nil || len(records) == 0 {
			return nil, s.explain(ctx, err)
		}
		outcomes, err := s.hold(ctx, records, until)
		if err != nil {
			return nil, s.explain(ctx, err)
		}
		claimed, failed := taken(records, outcomes, hold)
		if len(claimed) > 0 || failed != nil {
			return claimed, failed
		}
	}
}

// hold moves the due time of records that nobody has changed.
func (s *Store) hold(ctx context.Context, records []store.Record, until any) ([]error, error) {
	changes := make([]change, len(records))
	for i, r := range records {
		changes[i] = change{r.ID, revField(r.Rev), bson.D{{Key: "due", Value: until}}}
	}
	return s.change(ctx, changes, s.newMark().claim())
}

// taken returns the records that were claimed, as they are now. When there are
// none, it returns the first error other than that somebody was faster.
func taken(records []store.Record, outcomes []error, hold time.Time) (claimed []store.Record, failed error) {
	due := hold.UTC().Truncate(time.Microsecond)
	for i, r := range records {
		switch err := outcomes[i]; {
		case err == nil:
			r.Due = due
			r.Rev++
			claimed = append(claimed, r)
		case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrCorrupt), errors.Is(err, errUncertain):
			// somebody else has it, or it will be due again when the hold has passed
		case failed == nil:
			failed = err
		}
	}
	if len(claimed) > 0 {
		return claimed, nil
	}
	return nil, failed
}
