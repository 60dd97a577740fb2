package mongostore

import (
	"context"

	"github.com/go-asyncz/asyncz/store"
)

// Add keeps a new record at revision 1.
func (s *Store) Add(ctx context.Context, r store.Record) error {
	return s.one(ctx, func() ([]error, error) { return s.insert(ctx, []*store.Record{&r}) })
}

// Update replaces the record that has r's id and revision.
func (s *Store) Update(ctx context.Context, r store.Record) error {
	return s.one(ctx, func() ([]error, error) { return s.update(ctx, []*store.Record{&r}) })
}

// Delete removes the record if it has the revision rev; 0 means any revision,
// and also a document that can't be read.
func (s *Store) Delete(ctx context.Context, id string, rev uint64) error {
	return s.one(ctx, func() ([]error, error) { return s.remove(ctx, []*store.Record{{ID: id, Rev: rev}}) })
}

// one does a list of writes that has one write.
func (s *Store) one(ctx context.Context, write func() ([]error, error)) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	outcomes, err := write()
	if err != nil {
		return s.explain(ctx, err)
	}
	return outcomes[0]
}
