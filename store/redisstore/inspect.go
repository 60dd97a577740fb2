package redisstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// A state is what stands under the keys of the records.
type state struct {
	hashType, setType string
	records, entries  int64
	// scored is an entry with a score, which none of ours has.
	scored string
	// sample are some values of the hash.
	sample    []string
	publishes bool
}

func (s *Store) inspect(ctx context.Context) (f state, err error) {
	answer, err := s.run(ctx, inspectScript, s.key.records, s.key.channel)
	if err != nil {
		return f, err
	}
	if len(answer) != 7 {
		return f, errAnswer
	}
	f.hashType, _ = answer[0].ToString()
	f.setType, _ = answer[1].ToString()
	f.records, _ = answer[2].AsInt64()
	f.entries, _ = answer[3].AsInt64()
	f.scored, _ = answer[4].ToString()
	pairs, err := answer[5].AsStrSlice()
	if err != nil {
		return f, err
	}
	for i := 1; i < len(pairs); i += 2 {
		f.sample = append(f.sample, pairs[i])
	}
	may, err := answer[6].AsInt64()
	f.publishes = may == 1
	return f, err
}

// refuse returns an error when the keys hold something else than records.
func (f state) refuse(s *Store) error {
	refused := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s in %s; it was left as it is: name other keys by tasks_key and run_times_key", store.ErrConfig, fmt.Sprintf(format, args...), s.where)
	}
	if f.hashType != "hash" && f.hashType != "none" {
		return refused("the key %s is a %s, not the hash of the tasks", s.key.tasks, f.hashType)
	}
	if f.setType != "zset" && f.setType != "none" {
		return refused("the key %s is a %s, not the sorted set of the due times", s.key.times, f.setType)
	}
	for _, v := range f.sample {
		if pickled(v) {
			return refused("the hash %s holds pickles, such as the tasks of the Python program, which can't be read here", s.key.tasks)
		}
	}
	if f.scored != "" {
		return refused("the sorted set %s holds scores, such as the run times of the Python program (%.40q is one of its members), which mean nothing here", s.key.times, f.scored)
	}
	return nil
}

// pickled tells whether a value looks like a pickle of an object: of protocol 2
// or later, or of an earlier one.
func pickled(v string) bool {
	if len(v) < 3 || !strings.HasSuffix(v, ".") {
		return false
	}
	return v[0] == 0x80 && v[1] >= 2 && v[1] <= 5 || strings.HasPrefix(v, "(dp") || strings.HasPrefix(v, "}q") || strings.HasPrefix(v, "ccopy_reg\n")
}
