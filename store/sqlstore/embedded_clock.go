package sqlstore

import (
	"context"
	"time"
)

// Now is the clock of the host, because all processes that share the file are on
// one host and so share its clock. A scheduler then goes by the store's clock here
// as it does elsewhere: when the host's clock is set, all its nodes notice the same.
func (s *embedded) Now(ctx context.Context) (time.Time, error) {
	if err := s.enter(ctx); err != nil {
		return time.Time{}, err
	}
	defer s.leave()
	return time.Now(), nil
}
