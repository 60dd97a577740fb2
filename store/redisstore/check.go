package redisstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/redis/rueidis"
)

// Check looks at the set-up of the server, or of each server of a cluster.
func (s *Store) Check(ctx context.Context) ([]string, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	found, err := s.inspect(ctx)
	if err != nil {
		return nil, err
	}
	told := found.told(s)
	nodes := s.link.get().Nodes()
	for _, address := range slices.Sorted(maps.Keys(nodes)) {
		node := setup{where: s.where}
		if len(nodes) > 1 {
			node.where = "redis at " + address
		}
		if err := node.read(ctx, nodes[address]); err != nil {
			return nil, s.explain(ctx, err)
		}
		if len(nodes) == 1 || !node.replica() {
			told = append(told, node.risks()...)
		}
	}
	return told, nil
}

// told are the sentences about the keys themselves.
func (f state) told(s *Store) []string {
	var told []string
	if f.records != f.entries {
		told = append(told, fmt.Sprintf("%s: the hash %s has %d fields and the sorted set %s %d entries, which should be as many: somebody else has changed them; what is damaged is listed among the tasks",
			s.where, s.key.tasks, f.records, s.key.times, f.entries))
	}
	if !f.publishes {
		told = append(told, fmt.Sprintf("%s: this user may not publish on the channel %s, so other nodes notice new tasks only when they poll; grant &%s", s.where, s.key.channel, s.key.channel))
	}
	return told
}

// A setup is what a server tells about itself.
type setup struct {
	where   string
	info    map[string]string
	options map[string]string // nil: the server doesn't tell
}

func (n *setup) read(ctx context.Context, c rueidis.Client) error {
	info, err := c.Do(ctx, c.B().Info().Build()).ToString()
	if err != nil && !refused(err) {
		return err
	}
	n.info = map[string]string{}
	for line := range strings.Lines(info) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			n.info[key] = value
		}
	}
	options := map[string]string{}
	for _, name := range []string{"maxmemory", "maxmemory-policy", "appendonly", "appendfsync", "save"} {
		one, err := c.Do(ctx, c.B().ConfigGet().Parameter(name).Build()).AsStrMap()
		if refused(err) {
			return nil
		}
		if err != nil {
			return err
		}
		maps.Copy(options, one)
	}
	n.options = options
	return nil
}

// refused tells whether a server has answered that it won't do this.
func refused(err error) bool {
	var e *rueidis.RedisError
	return errors.As(err, &e)
}

func (n *setup) replica() bool { return n.info["role"] == "slave" }

func (n *setup) risks() []string {
	var told []string
	say := func(format string, args ...any) { told = append(told, n.where+": "+fmt.Sprintf(format, args...)) }
	if n.replica() {
		say("it is a replica, so it takes no writes; name its master, or the sentinels")
	}
	if n.options == nil {
		say("CONFIG GET is refused, so whether it may throw tasks away (maxmemory-policy) and whether it keeps them on disk (appendonly, appendfsync, save) could not be looked at; look at them yourself")
		return told
	}
	if policy, most := n.options["maxmemory-policy"], n.options["maxmemory"]; most != "0" && policy != "noeviction" {
		say("with maxmemory %s and maxmemory-policy %s it may throw tasks away when its memory is full; set maxmemory-policy noeviction", most, policy)
	}
	switch log, sync := n.options["appendonly"], n.options["appendfsync"]; {
	case log != "yes" && n.options["save"] == "":
		say("it keeps nothing on disk (appendonly no, save empty): after a restart all tasks are gone; set appendonly yes")
	case log != "yes":
		say("it writes to disk from time to time only (appendonly no, save %s): a crash takes back what was written since; set appendonly yes", n.options["save"])
	case sync == "no":
		say("appendfsync is no: a power cut takes back what the system has not written to disk yet, often half a minute; set appendfsync always, or everysec")
	case sync == "everysec":
		say("appendfsync is everysec: a power cut takes back up to the last second or two; where that is too much, set appendfsync always")
	}
	return told
}
