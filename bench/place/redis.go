package place

import (
	"bufio"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

type redis struct{ c rueidis.Client }

func openRedis(_ context.Context, url string) (Server, error) {
	options, err := rueidis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("the URL of Redis can't be read")
	}
	options.DisableCache = true
	c, err := rueidis.NewClient(options)
	if err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	return redis{c}, nil
}

// info is a section of what the server tells of itself.
func (r redis) info(ctx context.Context, section string) (map[string]string, error) {
	text, err := r.c.Do(ctx, r.c.B().Info().Section(section).Build()).ToString()
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok {
			found[name] = value
		}
	}
	return found, nil
}

func (r redis) Facts(ctx context.Context) (Facts, error) {
	server, err := r.info(ctx, "server")
	if err != nil {
		return nil, err
	}
	f := Facts{"version": server["redis_version"]}
	for _, setting := range []string{"appendonly", "appendfsync"} {
		values, err := r.c.Do(ctx, r.c.B().ConfigGet().Parameter(setting).Build()).AsStrMap()
		if err != nil {
			return nil, err
		}
		f[setting] = values[setting]
	}
	return f, nil
}

// Always tells of the facts of a Redis whether a write is on its disk when it is
// acknowledged.
func Always(f Facts) bool { return f["appendonly"] == "yes" && f["appendfsync"] == "always" }

// Wipe removes the keys of the benchmarks, and those of asynq, which can't be told
// to use others.
func (r redis) Wipe(ctx context.Context) error {
	for _, pattern := range []string{Name + "*", "{" + Name + "*", "asynq:*"} {
		for cursor := uint64(0); ; {
			page, err := r.c.Do(ctx, r.c.B().Scan().Cursor(cursor).Match(pattern).Count(10_000).Build()).AsScanEntry()
			if err != nil {
				return err
			}
			if len(page.Elements) > 0 {
				if err := r.c.Do(ctx, r.c.B().Unlink().Key(page.Elements...).Build()).Error(); err != nil {
					return err
				}
			}
			if cursor = page.Cursor; cursor == 0 {
				break
			}
		}
	}
	return r.Settle(ctx)
}

// Settle waits while the server rewrites its log or its snapshot: as long as it
// does, each page of memory that it writes to is copied first.
func (r redis) Settle(ctx context.Context) error {
	for {
		p, err := r.info(ctx, "persistence")
		if err != nil {
			return err
		}
		if p["aof_rewrite_in_progress"] != "1" && p["rdb_bgsave_in_progress"] != "1" {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (r redis) CPU(ctx context.Context) (time.Duration, error) {
	used, err := r.info(ctx, "cpu")
	if err != nil {
		return 0, err
	}
	seconds := 0.0
	for _, name := range []string{"used_cpu_sys", "used_cpu_user", "used_cpu_sys_children", "used_cpu_user_children"} {
		n, err := strconv.ParseFloat(used[name], 64)
		if err != nil {
			return 0, fmt.Errorf("INFO cpu of Redis: %s: %w", name, err)
		}
		seconds += n
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

func (r redis) Close() { r.c.Close() }
