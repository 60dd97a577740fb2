package redisstore

import (
	"context"
	_ "embed"
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/redis/rueidis"
)

// The scripts are sent by their digest; a server that doesn't know one, because
// it was restarted or has just taken over, is sent its text. A script runs as a
// whole or, where it meets a key of another type, a missing right or full memory,
// fails before its first write: each makes sure of that.
var (
	//go:embed lua/record.lua
	recordLua string
	//go:embed lua/common.lua
	commonLua string
	//go:embed lua/one.lua
	oneLua string
	//go:embed lua/batch.lua
	batchLua string
	//go:embed lua/page.lua
	pageLua string
	//go:embed lua/inspect.lua
	inspectLua string
	//go:embed lua/reindex.lua
	reindexLua string
	//go:embed lua/stray.lua
	strayLua string
	//go:embed lua/sweep.lua
	sweepLua string
	//go:embed lua/beat.lua
	beatLua string
	//go:embed lua/append.lua
	appendLua string
	//go:embed lua/history.lua
	historyLua string
	//go:embed lua/trim.lua
	trimLua string
)

// A script is one of the scripts, and whether it only reads.
type script struct {
	lua   *rueidis.Lua
	reads bool
}

func newScript(text string, reads bool) script {
	return script{rueidis.NewLuaScript(text), reads}
}

var (
	oneScript     = newScript(recordLua+oneLua, false)
	batchScript   = newScript(recordLua+commonLua+batchLua, false)
	claimScript   = newScript(recordLua+commonLua+pageLua, false)
	pageScript    = script{claimScript.lua, true}
	inspectScript = newScript(recordLua+commonLua+inspectLua, true)
	reindexScript = newScript(recordLua+commonLua+reindexLua, false)
	strayScript   = newScript(recordLua+commonLua+strayLua, true)
	sweepScript   = newScript(recordLua+commonLua+sweepLua, false)
	timeScript    = newScript(`redis.call('EXISTS', KEYS[1]); return redis.call('TIME')`, true)
	beatScript    = newScript(beatLua, false)
	appendScript  = newScript(appendLua, false)
	historyScript = newScript(historyLua, true)
	trimScript    = newScript(trimLua, false)
)

// run calls a script and returns its answer. A script that writes is sent once:
// when its answer is lost, nobody can know what it has done, and sent again it
// would find its own work and call it somebody else's.
func (s *Store) run(ctx context.Context, what script, keys []string, args ...string) ([]rueidis.RedisMessage, error) {
	result := s.do(ctx, what.reads, func() rueidis.RedisResult { return what.lua.Exec(ctx, s.link.get(), keys, args) })
	answer, err := result.ToArray()
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	return answer, nil
}

// do repeats a call for which nothing was sent: the client shares the making of a
// connection among calls, and so the end of the context of the first. It also
// repeats one that reads while it finds connections that have ended since their
// last use: after a restart of the server each of them is found out once.
func (s *Store) do(ctx context.Context, reads bool, call func() rueidis.RedisResult) rueidis.RedisResult {
	const most = 8
	for tries := 1; ; tries++ {
		result := call()
		err := result.NonRedisError()
		again := err != nil && (unsent(err) || reads && stale(err))
		if !again || tries == most || ctx.Err() != nil {
			return result
		}
	}
}

// unsent tells whether an error is that of a connection whose making was given up
// by somebody else; the caller has found its own context to go on.
func unsent(err error) bool { return errors.Is(err, context.Canceled) }

// stale tells whether an error may be of a connection that has ended before.
func stale(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
