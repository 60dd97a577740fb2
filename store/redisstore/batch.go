package redisstore

import (
	"context"
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/go-asyncz/asyncz/store"
	"github.com/redis/rueidis"
)

// One call of the script does at most so many writes of so many bytes, lest the
// server be kept from its other clients for long: 1000 take it some 10 ms.
const (
	batchWrites = 1000
	batchBytes  = 4 << 20
)

// Batch does the writes in parts of up to a thousand, each in one round trip and
// one atomic step.
func (s *Store) Batch(ctx context.Context, writes []store.Write) ([]error, error) {
	if len(writes) == 1 {
		result, err := s.one(ctx, &writes[0])
		if err != nil {
			return nil, err
		}
		return []error{result}, nil
	}
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	results := make([]error, len(writes))
	var p part
	for i := range writes {
		value, err := prepare(&writes[i])
		if err != nil {
			results[i] = err
			continue
		}
		if p.full(len(value)) {
			if err := s.send(ctx, &p, writes, results); err != nil {
				return nil, err
			}
			p = part{}
		}
		p.add(i, &writes[i], value)
	}
	if err := s.send(ctx, &p, writes, results); err != nil {
		return nil, err
	}
	return results, nil
}

// A part is the writes of one call of the script, those that put records apart
// from those that remove some: the script hands its arguments on as they are,
// without a list of its own.
type part struct {
	puts, removals           []int // the writes' places in the batch
	expectPuts, expectRemove []byte
	values, entries, ids     []string
	bytes                    int
	// soonest are the earliest due times that the writes set, by label.
	soonest map[string]string
}

func (p *part) len() int { return len(p.puts) + len(p.removals) }

func (p *part) full(more int) bool {
	return p.len() == batchWrites || p.len() > 0 && p.bytes+more > batchBytes
}

func (p *part) add(i int, w *store.Write, value []byte) {
	r := &w.Record
	op := " AUD"[w.Op]
	if w.Op == store.OpDelete {
		p.removals = append(p.removals, i)
		p.expectRemove = binary.BigEndian.AppendUint64(append(p.expectRemove, op), r.Rev)
		p.ids = append(p.ids, r.ID)
		return
	}
	p.puts = append(p.puts, i)
	p.bytes += len(value)
	p.expectPuts = binary.BigEndian.AppendUint64(append(p.expectPuts, op), r.Rev)
	p.values = append(p.values, r.ID, rueidis.BinaryString(value))
	p.entries = append(p.entries, "0", index(r))
	if r.Due.IsZero() {
		return
	}
	at := moment(r.Due)
	if now, ok := p.soonest[r.Executor]; !ok || at < now {
		if p.soonest == nil {
			p.soonest = map[string]string{}
		}
		p.soonest[r.Executor] = at
	}
}

func (p *part) args(channel string) []string {
	args := make([]string, 0, 5+2*len(p.soonest)+len(p.values)+len(p.entries)+len(p.ids))
	args = append(args, channel, strconv.Itoa(len(p.soonest)))
	for label, at := range p.soonest {
		args = append(args, label, at)
	}
	args = append(args, strconv.Itoa(len(p.puts)), strconv.Itoa(len(p.removals)), string(p.expectPuts)+string(p.expectRemove))
	return append(append(append(args, p.values...), p.entries...), p.ids...)
}

// send does the writes of a part and sets the results of those that are not done.
func (s *Store) send(ctx context.Context, p *part, writes []store.Write, results []error) error {
	if p.len() == 0 {
		return nil
	}
	answer, err := s.run(ctx, batchScript, s.key.records, p.args(s.key.channel)...)
	if err != nil {
		return err
	}
	order := slices.Concat(p.puts, p.removals)
	for n := 0; n+1 < len(answer); n += 2 {
		k, err := answer[n].AsInt64()
		if err != nil {
			return err
		}
		outcome, err := answer[n+1].ToString()
		if err != nil {
			return err
		}
		if k < 1 || int(k) > len(order) {
			return errAnswer
		}
		i := order[k-1]
		if results[i], err = s.outcome(ctx, outcome, writes[i].Record.ID); err != nil {
			return err
		}
	}
	return nil
}
