package doctor

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	redisTimeout = 5 * time.Second
	probeTTL     = 10 * time.Second // of the key that is written, if its deletion fails
	pings        = 5
	slowPing     = 5 * time.Millisecond

	masterAdvice   = "have REDIS_URL lead to the master; redis+sentinel:// finds it by itself"
	evictionAdvice = "set maxmemory-policy to volatile-lru or volatile-lfu"
	notReported    = "Redis does not report it"
)

// redisChecks returns the checks of what replicas share.
func (d *doctor) redisChecks() []check {
	const connection = "Redis"
	if d.Redis == nil {
		return []check{{name: connection, run: func(context.Context) Finding {
			return skip("REDIS_URL is not set: each replica has a separate cache")
		}}}
	}
	var info redisInfo
	return []check{
		{name: connection, timeout: redisTimeout, run: func(ctx context.Context) Finding {
			if err := d.Redis.Client.Ping(ctx).Err(); err != nil {
				return redisFailed(err)
			}
			info = redisInfo(d.Redis.Client.Info(ctx).Val()) // empty if Redis refuses it
			return pass("it responds")
		}},
		{name: "Redis: version", needs: []string{connection}, run: func(context.Context) Finding { return info.version() }},
		{name: "Redis: role", needs: []string{connection}, run: func(context.Context) Finding { return info.role() }},
		{name: "Redis: eviction", needs: []string{connection}, run: func(context.Context) Finding { return info.eviction() }},
		{name: "Redis: latency", needs: []string{connection}, timeout: redisTimeout, run: d.redisLatency},
		{name: "Redis: writable", needs: []string{connection}, timeout: redisTimeout, run: d.redisWritable},
		{name: "Redis: record of purges", needs: []string{connection}, timeout: redisTimeout, run: func(ctx context.Context) Finding {
			return recordRead(d.Record(ctx, d.Redis))
		}},
		{name: "Redis: shared tokens", needs: []string{connection}, run: func(context.Context) Finding {
			if !d.SharedTokens {
				return warn("set TOKEN_ENCRYPTION_KEYS, the same for all", "every replica logs in to Rocket for itself")
			}
			return pass("replicas share Rocket's token")
		}},
	}
}

// redisAdvice is what to do about an error, by its first word.
var redisAdvice = map[string]string{
	"NOAUTH":    "set the password in REDIS_URL",
	"WRONGPASS": "correct the user name and password in REDIS_URL",
	"NOPERM":    "have the user of REDIS_URL permitted all commands on keys under REDIS_KEY_PREFIX",
	"READONLY":  masterAdvice,
	"OOM":       "raise Redis's maxmemory, or " + evictionAdvice,
}

func redisFailed(err error) Finding {
	word, _, _ := strings.Cut(err.Error(), " ")
	advice, ok := redisAdvice[word]
	if !ok {
		advice = "look at host, port and scheme of REDIS_URL (rediss:// for TLS), and at firewalls; until then replicas share nothing"
	}
	return fail(advice, "%v", err)
}

// redisLatency measures the median of some PINGs.
func (d *doctor) redisLatency(ctx context.Context) Finding {
	var took []time.Duration
	for range pings {
		started := d.Now()
		if err := d.Redis.Client.Ping(ctx).Err(); err != nil {
			return redisFailed(err)
		}
		took = append(took, d.Now().Sub(started))
	}
	slices.Sort(took)
	median := took[len(took)/2].Round(10 * time.Microsecond)
	if median > slowPing {
		return warn("have Redis nearer: every entry that a replica does not hold in memory waits for it", "PING takes %s", median)
	}
	return pass("PING takes %s", median)
}

// redisWritable writes a key that the gateway does not use, and deletes it.
func (d *doctor) redisWritable(ctx context.Context) Finding {
	key := d.Redis.Key("doctor:" + rand.Text())
	err := d.Redis.Client.Set(ctx, key, "", probeTTL).Err()
	if err == nil {
		err = d.Redis.Client.Del(ctx, key).Err()
	}
	if err != nil {
		return redisFailed(err)
	}
	return pass("a key under %q", d.Redis.Key(""))
}

// recordRead warns of a record of purges that replicas cannot use as it is.
func recordRead(key string, err error) Finding {
	if err != nil {
		return warn("delete the key "+key+": running replicas write back the purges that they know", "%v", err)
	}
	return pass("replicas can read %s", key)
}

// redisInfo is the reply to INFO: lines of name:value.
type redisInfo string

func (i redisInfo) get(name string) string {
	_, rest, _ := strings.Cut("\n"+string(i), "\n"+name+":")
	value, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(value)
}

func (i redisInfo) version() Finding {
	version := i.get("redis_version")
	var major, minor int
	_, _ = fmt.Sscanf(version, "%d.%d", &major, &minor)
	switch {
	case version == "":
		return skip(notReported)
	case major < 6 || major == 6 && minor < 2:
		return warn("use 6.2 or later", "%s", version)
	}
	return pass("%s", version)
}

func (i redisInfo) role() Finding {
	switch i.get("role") {
	case "":
		return skip(notReported)
	case "master":
		return pass("it is the master")
	}
	return fail(masterAdvice, "it is a replica")
}

// eviction judges what Redis does when its memory is full.
func (i redisInfo) eviction() Finding {
	policy, limit := i.get("maxmemory_policy"), i.get("maxmemory")
	switch {
	case policy == "" || limit == "":
		return skip(notReported)
	case limit == "0":
		return pass("Redis has no memory limit")
	case policy == "noeviction":
		return warn(evictionAdvice, "noeviction: a full Redis stores no more entries")
	case strings.HasPrefix(policy, "allkeys-"):
		return warn(evictionAdvice, "%s: a full Redis may evict the record of purges", policy)
	}
	return pass("%s", policy)
}
