package cache

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/cache/store"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
)

var (
	//go:embed scripts/purge.lua
	purgeSource string
	//go:embed scripts/purged.lua
	purgedSource string

	purgeScript  = redis.NewScript(purgeSource)
	purgedScript = redis.NewScript(purgedSource)
)

const (
	recordName = "purges2" // its key
	purgePoll  = time.Second
	purgeTopic = "purge" // of messages
	maxNames   = 10_000  // of the record; beyond it the half that was purged longest ago becomes one purge of everything
)

// The record keeps the ids of its latest writes, of which at most half may be those of a record that was lost, so that its replicas find
// the last write that they have read; the latest epochs; and the latest changes, so that replicas read these alone. Tests have fewer, to
// reach their ends.
var (
	maxWrites  = 256
	maxEpochs  = 64
	maxChanges = 64
	maxChange  = 16 << 10 // bytes of one, and of those that a replica reads at once
)

// purgeRecord keeps the purges of this replica and the record in Redis in step.
type purgeRecord struct {
	purges      *purges
	redis       *fleet.Redis
	clock       *store.Clock
	log         *slog.Logger
	longestLife time.Duration // of an entry

	key     string        // of the record, a hash without a lifetime: a Redis that evicts only keys with a lifetime never evicts it
	reading chan struct{} // held by the reader
	news    chan struct{} // has a value after a message about a purge
	back    chan struct{} // has a value after the beginning of a subscription: Redis may be another one
}

func newPurgeRecord(c *core) *purgeRecord {
	return &purgeRecord{
		purges: c.purges, redis: c.Redis, clock: c.clock, log: c.Log, longestLife: c.Policy.longestLife(),
		key: c.Redis.Key(recordName), reading: make(chan struct{}, 1), news: make(chan struct{}, 1), back: make(chan struct{}, 1),
	}
}

// ready reports whether it is known what was purged; until then nothing is read from Redis, or stored there. A nil record is.
func (r *purgeRecord) ready(ctx context.Context) bool {
	return r == nil || r.purges.known.Load() || r.sync(ctx) == nil
}

// sync reads the record, and writes what it lacks: other replicas use what is stored under an epoch only if the record has that.
func (r *purgeRecord) sync(ctx context.Context) error {
	if err := r.read(ctx); err != nil {
		return err
	}
	_ = r.write(ctx, r.purges.waiting()) // if Redis takes no writes, the next second will do
	r.purges.known.Store(true)
	return nil
}

// signal sends a value to a channel, unless it has one.
func signal(to chan<- struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

// follow reads the record when a message announces a purge or messages arrive again, and every second, until ctx ends. It writes what the
// record lacks too, but not after a message: that may announce a purge that Purge is about to write.
func (r *purgeRecord) follow(ctx context.Context) {
	ticker := time.NewTicker(purgePoll)
	defer ticker.Stop()
	warned := false
	sync := func() {
		if r.sync(ctx) == nil && !warned {
			r.warnOfEviction(ctx)
			warned = true
		}
	}
	for sync(); ; {
		select {
		case <-ctx.Done():
			return
		case <-r.news:
			_ = r.read(ctx)
		case <-r.back:
			sync()
		case <-ticker.C:
			sync()
		}
	}
}

// warnOfEviction logs that Redis may evict the record. The replicas restore it, but all entries are lost if no replica is left.
func (r *purgeRecord) warnOfEviction(ctx context.Context) {
	if policy := r.redis.EvictsEveryKey(ctx); policy != "" {
		r.log.Warn("redis may evict the record of purges, set maxmemory-policy to volatile-lru or volatile-lfu", "maxmemory_policy", policy)
	}
}

// read takes over the record if it has changed.
func (r *purgeRecord) read(ctx context.Context) error {
	select {
	case r.reading <- struct{}{}: // one at a time, so that what is read later is newer
		defer func() { <-r.reading }()
	case <-ctx.Done():
		return ctx.Err()
	}
	known := r.purges.lastRead()
	reply, err := r.redis.Run(ctx, purgedScript, []string{r.key}, r.clock.Now(), known, maxChange).Slice()
	if redis.HasErrorPrefix(err, "WRONGTYPE") { // no replica can use it; all write back what they know
		r.log.Warn("dropped a record of purges that cannot be used", "key", r.key, "error", err)
		return errors.Join(err, r.redis.Do(ctx, r.key, func(ctx context.Context) error { return r.redis.Client.Del(ctx, r.key).Err() }))
	}
	if err != nil {
		return err
	}
	now, _ := reply[0].(int64)
	order, _ := reply[1].(int64)
	r.clock.Observe(now, uint64(max(0, order)))
	if len(reply) == recordSize {
		r.purges.take(r.parse(reply))
	}
	return nil
}

// recordSize is the length of a reply of the script that has news.
const recordSize = 7

// parse returns the record, or what has changed in it, from such a reply.
func (r *purgeRecord) parse(reply []any) record {
	fields, _ := reply[6].([]any)
	got := record{
		digest: text(reply[2]), since: text(reply[3]), lineage: text(reply[4]), epochs: strings.Fields(text(reply[5])),
		names: make(map[string]purge, len(fields)/2),
	}
	got.epochs = slices.DeleteFunc(got.epochs, func(epoch string) bool { return hexID(parseID(epoch)) != epoch }) // damage
	if len(got.lineage) < idSize {
		got.lineage = ""
	}
	for field := range slices.Chunk(fields, 2) {
		id, at, _ := strings.Cut(text(field[1]), " ")
		ms, _ := strconv.ParseInt(at, 10, 64)
		got.names[text(field[0])] = purge{recordedID(id), ms - r.clock.Shift().Milliseconds()}
	}
	return got
}

func text(reply any) string { s, _ := reply.(string); return s }

// write writes the pending purges of the names, and whatever else Redis does not have, and reads it back.
func (r *purgeRecord) write(ctx context.Context, names []string) error {
	write := newID()
	pending, ancestors, epochs, due := r.purges.unwritten(write, names)
	if !due {
		return nil
	}
	v1 := r.writeV1(ctx, pending)
	args := []any{
		write, ancestors, maxWrites, strings.Join(epochs, " "), maxEpochs,
		r.redis.Channel, fleet.Message(purgeTopic, write), maxNames + maxChanges, newID(), newID(), maxChanges, maxChange,
	}
	for name, p := range pending {
		args = append(args, name, hexID(p.follows), hexID(p.id), newID(), p.at+r.clock.Shift().Milliseconds())
	}
	if err := r.redis.Run(ctx, purgeScript, []string{r.key}, args...).Err(); err != nil {
		return err
	}
	_ = r.read(ctx) // else within a second
	return v1
}
