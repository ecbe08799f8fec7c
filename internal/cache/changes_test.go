package cache_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// What a purge costs Redis and the other replicas does not depend on the purges before it.
func TestTheCostOfAPurgeDoesNotGrow(t *testing.T) {
	server := testkit.StartRedis(t)
	caches := replicas(t, 2, returns(`[]`), server)
	client := raw(t, server)
	before := costOfPurges(t, caches, client)
	purge(t, caches[0], cache.Purge{Tags: tagsFrom(1000, 4000)})
	for _, c := range caches {
		eventually(t, func() bool { _, _, ids := cache.RecordOf(c); return len(ids) > 4000 })
	}
	after := costOfPurges(t, caches, client)
	if after.bytes > 2*before.bytes {
		t.Errorf("%d bytes after 4000 other purges, %d before", after.bytes, before.bytes)
	}
	if after.wholes > 1 { // once a minute for the version before
		t.Errorf("%d hashes were read as a whole", after.wholes)
	}
}

// Beyond 10,000 names the half that was purged longest ago becomes one purge of everything, which replicas learn of with all others.
func TestTooManyNamesInTheRecord(t *testing.T) {
	server := testkit.StartRedis(t)
	caches, client := replicas(t, 2, returns(`[]`), server), raw(t, server)
	for n := range 99 {
		purge(t, caches[0], cache.Purge{Tags: tagsFrom(100*n, 100), Hard: true})
	}
	for n := 9900; n < 10_100; n++ {
		purge(t, caches[0], cache.Purge{Tags: tagsFrom(n, 1), Hard: true})
	}
	names := 0
	for name := range client.HGetAll(t.Context(), recordKey).Val() {
		if strings.HasPrefix(name, "h ") {
			names++
		}
	}
	if names < 5000 || names > 5300 {
		t.Errorf("%d names, want some more than 5000", names)
	}
	for _, c := range caches {
		eventually(t, func() bool {
			_, _, ids := cache.RecordOf(c)
			return len(ids) == names && ids["h all"] != "" && ids["h customer:10099"] != "" && ids["h customer:1"] == ""
		})
	}
}

// tagsFrom returns n tags.
func tagsFrom(first, n int) (tags []string) {
	for i := range n {
		tags = append(tags, fmt.Sprint("customer:", first+i))
	}
	return tags
}

type purgeCost struct{ bytes, wholes int }

// costOfPurges returns what Redis sent two replicas for 20 purges, and how often it read a whole hash.
func costOfPurges(t *testing.T, caches []*cache.Cache, client *redis.Client) purgeCost {
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
		purge(t, caches[0], cache.Purge{Tags: tagsFrom(n, 1)})
		eventually(t, func() bool { // each reaches the other replica alone
			digest, _, _ := cache.RecordOf(caches[0])
			read, _, _ := cache.RecordOf(caches[1])
			return read == digest
		})
	}
	bytesAfter, wholesAfter := stats()
	return purgeCost{bytesAfter - bytes, wholesAfter - wholes}
}

// However the record of purges changes, replicas know it in the end, and read it as a whole only if they must.
func TestReplicasReadWhatChanged(t *testing.T) {
	one := cache.Purge{Tags: []string{"customer:1"}}
	several := func(n int) func(*testing.T, *recordStory) {
		return func(t *testing.T, s *recordStory) {
			s.redis.set(func() { s.redis.lossy = true })
			for range n {
				purge(t, s.a, one)
				purge(t, s.a, cache.Purge{Queries: []query.Query{*june()}, Hard: true})
			}
		}
	}
	for name, test := range map[string]struct {
		story  func(*testing.T, *recordStory)
		wholes int // reads
	}{
		"a purge":                                    {func(t *testing.T, s *recordStory) { purge(t, s.a, one) }, 0},
		"some purges between two reads":              {several(2), 0},
		"more than the record has changes of":        {several(3), 1},
		"a change that is missing":                   {changeMissing, 1},
		"a purge of many names":                      {manyNames, 2},
		"purges of many names between two reads":     {manyPurges, 1},
		"purges that wait for Redis":                 {purgesThatWait, 0},
		"more purges than a replica keeps":           {morePurgesThanKept, 0},
		"the record is lost":                         {recordLost, 4},
		"the record of the other side of a failover": {otherSide, 4},
		"lost writes behind others":                  {lostWritesBehind, 3},
		"other purges before what is lost":           {deadWriter, 3},
		"one write on both sides of a failover":      {writeOnBothSides, 2},
		"a write without a reply":                    {withoutReply, 0},
		"a write of an older version":                {olderWrite, 2},
		"a write of an older version, then others":   {olderWriteBefore, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newRecordStory(t)
				test.story(t, s)
				s.settle(t)
				if wholes := s.wholes(); wholes != test.wholes {
					t.Errorf("the record was read %d times as a whole, want %d", wholes, test.wholes)
				}
			})
		})
	}
}

// recordStory has two replicas that have read the changes of a record.
type recordStory struct {
	redis  *modelRedis
	client *redis.Client // for other writers of the record
	a, b   *cache.Cache
	la, lb *links
}

func newRecordStory(t *testing.T) *recordStory {
	s := &recordStory{redis: newModelRedis()}
	t.Cleanup(s.redis.Close)
	s.a, s.la = inBubble(t, returns(`[]`), s.redis)
	time.Sleep(300 * time.Millisecond) // so that they read at different instants
	s.b, s.lb = inBubble(t, returns(`[]`), s.redis)
	s.client = newClient((&link{redis: s.redis}).slowly)
	t.Cleanup(func() { _ = s.client.Close() })
	purge(t, s.a, cache.Purge{All: true})
	s.settle(t)
	s.redis.set(func() { s.redis.wholes = 0 })
	return s
}

func (s *recordStory) wholes() (n int) {
	s.redis.set(func() { n = s.redis.wholes })
	return n
}

// settle waits until both replicas have read the record.
func (s *recordStory) settle(t *testing.T) {
	t.Helper()
	time.Sleep(5 * time.Second)
	s.compare(t)
	digest, _, _ := s.redis.record()
	for name, c := range map[string]*cache.Cache{"a": s.a, "b": s.b} {
		if read, _, _ := cache.RecordOf(c); read != digest {
			t.Errorf("%s has not read the record", name)
		}
	}
}

// compare checks that what the replicas have read is what the record was.
func (s *recordStory) compare(t *testing.T) {
	t.Helper()
	for name, c := range map[string]*cache.Cache{"a": s.a, "b": s.b} {
		if wrong := s.redis.disagrees(c); wrong != "" {
			t.Errorf("%s: %s", name, wrong)
		}
	}
}

// wantPurged checks that both replicas know that a name was purged.
func (s *recordStory) wantPurged(t *testing.T, names ...string) {
	t.Helper()
	s.settle(t)
	for _, c := range []*cache.Cache{s.a, s.b} {
		_, _, ids := cache.RecordOf(c)
		for _, name := range names {
			if ids[name] == "" {
				t.Errorf("%s is not purged: %v", name, ids)
			}
		}
	}
}

func changeMissing(t *testing.T, s *recordStory) {
	s.redis.set(func() { s.redis.lossy = true })
	for range 4 { // these are all the changes that the record has
		purge(t, s.a, cache.Purge{Tags: []string{"customer:1"}})
	}
	fields, _ := s.redis.HKeys(recordKey)
	change := slices.IndexFunc(fields, func(field string) bool { return strings.HasPrefix(field, "change ") })
	s.redis.HDel(recordKey, fields[change])
}

func manyNames(t *testing.T, s *recordStory) {
	purge(t, s.a, cache.Purge{Tags: tagsFrom(0, 100)})
}

func manyPurges(t *testing.T, s *recordStory) {
	s.redis.set(func() { s.redis.lossy = true })
	for range 2 {
		purge(t, s.a, cache.Purge{Tags: tagsFrom(100, 40)})
	}
}

// purgesThatWait are of both replicas, of the same name and others. Each reads what the other has written before it writes its own.
func purgesThatWait(t *testing.T, s *recordStory) {
	replicas := []*cache.Cache{s.a, s.b}
	for i, c := range replicas {
		purge(t, c, cache.Purge{Tags: tagsFrom(i, 1)})
	}
	s.redis.set(func() { s.redis.noPurges = true })
	for i, c := range replicas {
		if err := c.Purge(t.Context(), cache.Purge{Tags: tagsFrom(i, 1)}); err == nil {
			t.Fatal("Redis took the purge")
		}
	}
	s.redis.set(func() { s.redis.noPurges = false })
	for range 200 {
		time.Sleep(10 * time.Millisecond)
		s.compare(t)
	}
}

// morePurgesThanKept without Redis become one of everything, also of a name that Redis knows another purge of.
func morePurgesThanKept(t *testing.T, s *recordStory) {
	purge(t, s.a, cache.Purge{Tags: tagsFrom(0, 1)})
	s.redis.set(func() { s.redis.full = true })
	for _, tags := range [][]string{tagsFrom(0, 10_000), tagsFrom(0, 1)} {
		if err := s.a.Purge(t.Context(), cache.Purge{Tags: tags}); err == nil {
			t.Fatal("Redis took the purge")
		}
		s.compare(t)
	}
	s.redis.set(func() { s.redis.full = false })
	s.wantPurged(t, "s all", "s customer:0")
}

func recordLost(t *testing.T, s *recordStory) {
	s.redis.Del(recordKey)
	s.wantPurged(t, "s all")
}

// otherSide has a write of another replica, and lacks one that both replicas know.
func otherSide(t *testing.T, s *recordStory) {
	before := s.redis.snapshot()
	purge(t, s.a, cache.Purge{Tags: []string{"customer:lost"}})
	s.settle(t)
	s.redis.restore(before)
	writePurges(t, s.client, idOf("5"), "h customer:there", "", idOf("a"), idOf("b"), "1")
	s.wantPurged(t, "s customer:lost", "h customer:there", "s all")
}

// lostWritesBehind: what b has read last is in the record again, in front of a write that b has not read.
func lostWritesBehind(t *testing.T, s *recordStory) {
	before := s.redis.snapshot()
	purge(t, s.a, cache.Purge{Tags: []string{"customer:lost"}})
	s.settle(t)
	s.lb.connect(true, false)
	s.la.connect(true, false)
	s.redis.restore(before)
	writePurges(t, s.client, idOf("5"), "h customer:there", "", idOf("a"), idOf("b"), "1")
	s.la.connect(false, false)
	time.Sleep(3 * time.Second) // a writes back what is lost
	s.lb.connect(false, false)
	s.wantPurged(t, "s customer:lost", "h customer:there", "s all")
}

// deadWriter writes other purges before those that Redis has lost, and dies then. b still knows those, and writes them.
func deadWriter(t *testing.T, s *recordStory) {
	before := s.redis.snapshot()
	purge(t, s.a, cache.Purge{Tags: []string{"customer:lost"}})
	s.settle(t)
	s.lb.connect(true, false)
	s.redis.restore(before)
	for n := range 2 { // at the second one, a knows what is lost
		purge(t, s.a, cache.Purge{Tags: tagsFrom(n, 1)})
	}
	s.la.connect(true, false)
	s.lb.connect(false, false)
	time.Sleep(3 * time.Second)
	if s.redis.HGet(recordKey, "s customer:lost") == "" {
		t.Error("Redis has lost a purge that b knew")
	}
	s.la.connect(false, false)
	s.wantPurged(t, "s customer:lost", "s all")
}

// writeOnBothSides is repeated after a failover, since its connection broke. There is another write before it.
func writeOnBothSides(t *testing.T, s *recordStory) {
	before := s.redis.snapshot()
	write := func() {
		writePurges(t, s.client, idOf("5"), "h customer:both", "", idOf("a"), idOf("b"), "1")
	}
	write()
	s.settle(t)
	for _, l := range []*links{s.la, s.lb} {
		l.connect(true, false)
	}
	s.redis.restore(before)
	writePurges(t, s.client, idOf("6"), "h customer:there", "", idOf("c"), idOf("d"), "1")
	write()
	for _, l := range []*links{s.la, s.lb} {
		l.connect(false, false)
	}
	s.wantPurged(t, "h customer:both", "h customer:there")
}

func withoutReply(t *testing.T, s *recordStory) {
	s.redis.set(func() { s.redis.uncertain = true })
	if err := s.a.Purge(t.Context(), cache.Purge{Tags: []string{"customer:1"}}); err == nil {
		t.Fatal("the reply was no error")
	}
	s.redis.set(func() { s.redis.uncertain = false })
	s.wantPurged(t, "s customer:1")
}

// olderWrite is one of a version that knows no digests.
func olderWrite(t *testing.T, s *recordStory) {
	s.redis.HSet(recordKey, "h customer:older", idOf("a")+" 1")
	s.redis.HSet(recordKey, "lineage", idOf("5")+s.redis.HGet(recordKey, "lineage"))
	s.wantPurged(t, "h customer:older")
}

func olderWriteBefore(t *testing.T, s *recordStory) {
	s.redis.set(func() { s.redis.lossy = true })
	s.redis.HSet(recordKey, "h customer:older", idOf("a")+" 1")
	s.redis.HSet(recordKey, "lineage", idOf("5")+s.redis.HGet(recordKey, "lineage"))
	for range 3 {
		purge(t, s.a, cache.Purge{Tags: []string{"customer:1"}})
	}
	s.wantPurged(t, "h customer:older", "s customer:1")
}
