package redisstore

import "context"

// reindex puts each record that the index lacks into it: the index holds nothing
// that the hash doesn't. It removes nothing.
func (s *Store) reindex(ctx context.Context) error {
	return s.scan(ctx, reindexScript)
}

// sweep removes from the index what it says of an id that has no record: after
// the removal of one that could not be read, whose entry is therefore not known.
func (s *Store) sweep(ctx context.Context, id string) error {
	return s.scan(ctx, sweepScript, id)
}

// scan calls a script with a cursor until it says that it is through.
func (s *Store) scan(ctx context.Context, what script, args ...string) error {
	for cursor := "0"; ; {
		answer, err := s.run(ctx, what, s.key.records, append([]string{cursor}, args...)...)
		if err != nil {
			return err
		}
		if len(answer) == 0 {
			return errAnswer
		}
		if cursor, err = answer[0].ToString(); err != nil || cursor == "0" {
			return err
		}
	}
}
