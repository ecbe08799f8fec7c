package cache_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// What a purge costs Redis and the other replicas does not depend on the purges before it.
func TestTheCostOfAPurgeDoesNotGrow(t *testing.T) {
	server := testkit.StartRedis(t)
	caches := replicas(t, 2, returns(`[]`), server)
	client := raw(t, server)
	before := costOfPurges(t, caches[0], client)
	var others []string
	for n := range 4000 {
		others = append(others, fmt.Sprint("customer:other", n))
	}
	purge(t, caches[0], cache.Purge{Tags: others})
	time.Sleep(2 * time.Second) // every replica has read the record
	after := costOfPurges(t, caches[0], client)
	t.Logf("%+v %+v", before, after)
	if after.bytes > 2*before.bytes {
		t.Errorf("%d bytes after 4000 other purges, %d before", after.bytes, before.bytes)
	}
	if after.wholes > 1 { // once a minute for the version before
		t.Errorf("%d hashes were read as a whole", after.wholes)
	}
}

type purgeCost struct{ bytes, wholes int }

// costOfPurges returns what Redis sent for 20 purges, and how often it read a whole hash.
func costOfPurges(t *testing.T, c *cache.Cache, client *redis.Client) purgeCost {
	t.Helper()
	stats := func() (bytes, wholes int) {
		info := client.Info(context.Background(), "stats", "commandstats").Val()
		number := func(name, end string) int {
			_, rest, _ := strings.Cut(info, "\r\n"+name)
			text, _, _ := strings.Cut(rest, end)
			n, _ := strconv.Atoi(text)
			return n
		}
		return number("total_net_output_bytes:", "\r\n"), number("cmdstat_hgetall:calls=", ",")
	}
	bytes, wholes := stats()
	for n := range 20 {
		purge(t, c, cache.Purge{Tags: []string{fmt.Sprint("customer:", n)}})
		time.Sleep(50 * time.Millisecond) // each reaches the other replica by a message of its own
	}
	bytesAfter, wholesAfter := stats()
	return purgeCost{bytesAfter - bytes, wholesAfter - wholes}
}
