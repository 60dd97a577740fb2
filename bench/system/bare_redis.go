package system

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"github.com/go-asyncz/asyncz/bench/place"
)

const (
	bareRedisDue  = place.Name + ".bare.due"  // a sorted set by due time
	bareRedisData = place.Name + ".bare.data" // a hash
)

// Each script is one round trip and one atomic step.
var (
	bareRedisClaim = rueidis.NewLuaScript(`
		local got = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[2])
		if #got == 0 then return {{}, {}} end
		local ids, scores = {}, {}
		for i = 1, #got, 2 do
			ids[#ids + 1] = got[i]
			scores[#scores + 1] = string.format('%.0f', got[i + 1] + ARGV[3])
			scores[#scores + 1] = got[i]
		end
		redis.call('ZADD', KEYS[1], unpack(scores))
		return {got, redis.call('HMGET', KEYS[2], unpack(ids))}`)
	bareRedisFinish = rueidis.NewLuaScript(`
		redis.call('ZREM', KEYS[1], unpack(ARGV))
		return redis.call('HDEL', KEYS[2], unpack(ARGV))`)
)

type bareRedis struct{ c rueidis.Client }

func openBareRedis(url string) (statements, error) {
	options, err := rueidis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("the URL of Redis can't be read")
	}
	options.DisableCache = true
	c, err := rueidis.NewClient(options)
	return bareRedis{c}, err
}

func (b bareRedis) setup(context.Context) error { return nil }

// insert is one pipeline of two commands, each with many tasks.
func (b bareRedis) insert(ctx context.Context, from, n int, due time.Time) error {
	for ; n > 0; from, n = from+bareBatch, n-bareBatch {
		data := b.c.B().Hset().Key(bareRedisData).FieldValue()
		order := b.c.B().Zadd().Key(bareRedisDue).ScoreMember()
		for i := range min(n, bareBatch) {
			id := bareID(from + i)
			data = data.FieldValue(id, rueidis.BinaryString(barePayload))
			order = order.ScoreMember(float64(due.UnixMicro()), id)
		}
		for _, answer := range b.c.DoMulti(ctx, data.Build(), order.Build()) {
			if err := answer.Error(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b bareRedis) claim(ctx context.Context, now time.Time, n int, step time.Duration) ([]claimed, error) {
	answer, err := bareRedisClaim.Exec(ctx, b.c, []string{bareRedisDue, bareRedisData},
		[]string{strconv.FormatInt(now.UnixMicro(), 10), strconv.Itoa(n), strconv.FormatInt(step.Microseconds(), 10)}).ToArray()
	if err != nil {
		return nil, err
	}
	pairs, err := answer[0].AsStrSlice() // an id and its time, and so on; the data is read and dropped
	if err != nil {
		return nil, err
	}
	got := make([]claimed, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		due, err := strconv.ParseFloat(pairs[i+1], 64)
		if err != nil {
			return nil, err
		}
		got = append(got, claimed{pairs[i], time.UnixMicro(int64(due))})
	}
	return got, nil
}

func (b bareRedis) finish(ctx context.Context, done []claimed) error {
	ids := make([]string, len(done))
	for i, d := range done {
		ids[i] = d.id
	}
	return bareRedisFinish.Exec(ctx, b.c, []string{bareRedisDue, bareRedisData}, ids).Error()
}

func (b bareRedis) left(ctx context.Context) (bool, error) {
	n, err := b.c.Do(ctx, b.c.B().Zcard().Key(bareRedisDue).Build()).AsInt64()
	return n > 0, err
}

func (b bareRedis) close() { b.c.Close() }
