package redisstore_test

import (
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/redis/rueidis"
)

// Each benchmark has a baseline beside it: what a program would do with the bare
// client, that is pipelines of commands without conditions, on the same server.

// payload is about the size of a sealed task.
var payload = make([]byte, 300)

func id(i int) string { return fmt.Sprintf("task-%08d", i) }

func adds(from, n int) []store.Write {
	writes := make([]store.Write, n)
	for i := range writes {
		writes[i] = store.Write{Op: store.OpAdd, Record: store.Record{ID: id(from + i), Due: noon, Executor: "default", Data: payload}}
	}
	return writes
}

func batch(tb testing.TB, s store.Batcher, writes []store.Write) {
	tb.Helper()
	results, err := s.Batch(bg, writes)
	must(tb, err)
	for _, err := range results {
		must(tb, err)
	}
}

func perSecond(b *testing.B, n int) {
	b.ReportMetric(float64(b.N)*float64(n)/b.Elapsed().Seconds(), "tasks/s")
}

func BenchmarkBatchAdd(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprint("store/", n), func(b *testing.B) {
			s := single(b).open(b)
			for i := 0; b.Loop(); i++ {
				batch(b, s, adds(i*n, n))
			}
			perSecond(b, n)
		})
		b.Run(fmt.Sprint("bare/", n), func(b *testing.B) {
			p := single(b)
			for i := 0; b.Loop(); i++ {
				p.bareAdds(b, i*n, n)
			}
			perSecond(b, n)
		})
	}
}

// bareAdds adds records to a hash and a sorted set by a pipeline.
func (p place) bareAdds(tb testing.TB, from, n int) {
	commands := make(rueidis.Commands, 0, 2*n)
	for i := range n {
		key := id(from + i)
		commands = append(commands,
			p.raw.B().Hset().Key(p.tasks).FieldValue().FieldValue(key, rueidis.BinaryString(payload)).Build(),
			p.raw.B().Zadd().Key(p.times).ScoreMember().ScoreMember(float64(noon.Unix()), key).Build())
	}
	for _, r := range p.raw.DoMulti(bg, commands...) {
		must(tb, r.Error())
	}
}

// A cycle is what a scheduler does with one-shot tasks: claim, write that they
// run, remove them.
func BenchmarkCycle(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprint("store/", n), func(b *testing.B) {
			s := single(b).open(b)
			for b.Loop() {
				b.StopTimer()
				batch(b, s, adds(0, n))
				b.StartTimer()
				claimed, err := s.Claim(bg, store.DueQuery{At: noon, Executors: []string{"default"}, Limit: n}, noon.Add(time.Minute))
				must(b, err)
				writes := make([]store.Write, len(claimed))
				for i, r := range claimed {
					writes[i] = store.Write{Op: store.OpUpdate, Record: r}
				}
				batch(b, s, writes)
				for i := range writes {
					writes[i].Op = store.OpDelete
					writes[i].Record.Rev++
				}
				batch(b, s, writes)
			}
			perSecond(b, n)
		})
		b.Run(fmt.Sprint("bare/", n), func(b *testing.B) {
			p := single(b)
			for b.Loop() {
				b.StopTimer()
				p.bareAdds(b, 0, n)
				b.StartTimer()
				p.bareCycle(b, n)
			}
			perSecond(b, n)
		})
	}
}

// bareCycle reads, rewrites and removes records without asking whether anybody
// else has them.
func (p place) bareCycle(tb testing.TB, n int) {
	due, err := p.raw.Do(bg, p.raw.B().Zrange().Key(p.times).Min("-inf").Max(strconv.FormatInt(noon.Unix(), 10)).Byscore().Limit(0, int64(n)).Build()).AsStrSlice()
	must(tb, err)
	values, err := p.raw.Do(bg, p.raw.B().Hmget().Key(p.tasks).Field(due...).Build()).AsStrSlice()
	must(tb, err)
	for range 2 { // the hold and the run
		commands := make(rueidis.Commands, 0, 2*n)
		for i, key := range due {
			commands = append(commands,
				p.raw.B().Hset().Key(p.tasks).FieldValue().FieldValue(key, values[i]).Build(),
				p.raw.B().Zadd().Key(p.times).ScoreMember().ScoreMember(float64(noon.Unix()+60), key).Build())
		}
		for _, r := range p.raw.DoMulti(bg, commands...) {
			must(tb, r.Error())
		}
	}
	must(tb, p.raw.Do(bg, p.raw.B().Zrem().Key(p.times).Member(due...).Build()).Error())
	must(tb, p.raw.Do(bg, p.raw.B().Hdel().Key(p.tasks).Field(due...).Build()).Error())
}

func BenchmarkAdd(b *testing.B) {
	for _, goroutines := range []int{1, 16} {
		b.Run(fmt.Sprint("store/", goroutines), func(b *testing.B) {
			s := single(b).open(b)
			parallel(b, goroutines, func(i int) error {
				return s.Add(bg, store.Record{ID: id(i), Due: noon, Executor: "default", Data: payload})
			})
		})
		b.Run(fmt.Sprint("bare/", goroutines), func(b *testing.B) {
			p := single(b)
			parallel(b, goroutines, func(i int) error {
				key := id(i)
				for _, r := range p.raw.DoMulti(bg,
					p.raw.B().Hset().Key(p.tasks).FieldValue().FieldValue(key, rueidis.BinaryString(payload)).Build(),
					p.raw.B().Zadd().Key(p.times).ScoreMember().ScoreMember(float64(noon.Unix()), key).Build()) {
					if err := r.Error(); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
}

// parallel calls f from about so many goroutines.
func parallel(b *testing.B, goroutines int, f func(i int) error) {
	var n atomic.Int64
	if goroutines == 1 {
		for b.Loop() {
			must(b, f(int(n.Add(1))))
		}
	} else {
		b.SetParallelism(goroutines / 2)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := f(int(n.Add(1))); err != nil {
					b.Error(err)
				}
			}
		})
	}
	perSecond(b, 1)
}

// These costs must not grow with the number of records: compare 1000 with 100000.
func BenchmarkPile(b *testing.B) {
	far := noon.AddDate(1, 0, 0)
	for _, n := range []int{1000, 100_000} {
		s := single(b).open(b)
		for from := 0; from < n; from += 1000 {
			writes := adds(from, 1000)
			for i := range writes {
				r := &writes[i].Record
				r.Due = noon.Add(time.Duration((from+i)*7919%1_000_003) * time.Second)
				if i%2 == 0 {
					r.Executor = "pool"
				}
			}
			batch(b, s, writes)
		}
		for name, labels := range map[string][]string{"one": {"default"}, "all": nil} {
			b.Run(fmt.Sprintf("NextDue/%s/%d", name, n), func(b *testing.B) {
				for b.Loop() {
					_, err := s.NextDue(bg, labels)
					must(b, err)
				}
			})
			b.Run(fmt.Sprintf("Due100/%s/%d", name, n), func(b *testing.B) {
				for b.Loop() {
					_, err := s.Due(bg, store.DueQuery{At: far, Executors: labels, Limit: 100})
					must(b, err)
				}
			})
		}
		b.Run(fmt.Sprintf("Claim100/%d", n), func(b *testing.B) {
			hold := far.Add(-24 * time.Hour) // after all others, and due again
			for b.Loop() {
				hold = hold.Add(time.Microsecond)
				claimed, err := s.Claim(bg, store.DueQuery{At: far, Executors: []string{"default"}, Limit: 100}, hold)
				must(b, err)
				if len(claimed) != 100 {
					b.Fatalf("claimed %d records", len(claimed))
				}
			}
			perSecond(b, 100)
		})
	}
}

// BenchmarkAppendRuns is how many rows of the history a second are appended, a
// thousand of 400 bytes at a time.
func BenchmarkAppendRuns(b *testing.B) {
	s := single(b).open(b)
	rows := make([]store.RunEntry, 1000)
	data := make([]byte, 400)
	for i := 0; b.Loop(); i++ {
		for n := range rows {
			at := noon.Add(time.Duration(1000*i+n) * time.Millisecond)
			rows[n] = store.RunEntry{Task: fmt.Sprintf("task-%03d", n*7%300), Fire: at, Ended: at.Add(time.Second), Data: data}
		}
		must(b, s.AppendRuns(bg, rows))
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "rows/s")
}
