package redisstore

import (
	"context"
	_ "embed"

	"github.com/redis/rueidis"
)

// The scripts are sent by their digest; a server that doesn't know one, because
// it was restarted or has just taken over, is sent its text. A script runs as a
// whole or, where it meets a key of another type, a missing right or full memory,
// fails before its first write: each makes sure of that.
var (
	//go:embed lua/common.lua
	commonLua string
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
	batchScript   = newScript(commonLua+batchLua, false)
	claimScript   = newScript(commonLua+pageLua, false)
	pageScript    = script{claimScript.lua, true}
	inspectScript = newScript(commonLua+inspectLua, true)
	reindexScript = newScript(commonLua+reindexLua, false)
	strayScript   = newScript(commonLua+strayLua, true)
	sweepScript   = newScript(commonLua+sweepLua, false)
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
	result := what.lua.Exec(ctx, s.client, keys, args)
	if what.reads && result.NonRedisError() != nil && ctx.Err() == nil {
		// a connection that has ended while it was idle is noticed by its next use
		result = what.lua.Exec(ctx, s.client, keys, args)
	}
	answer, err := result.ToArray()
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	return answer, nil
}
