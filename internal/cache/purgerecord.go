package cache

import (
	"context"
	_ "embed"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

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

// maxNames bounds the record. Beyond it the half that was purged longest ago becomes one purge of everything.
const maxNames = 10_000

// The record keeps the ids of its latest writes, of which at most half may be those of a record that was lost, so that its replicas find
// the last write that they have read; and the latest epochs. Tests have fewer, to reach their ends.
var (
	maxWrites = 256
	maxEpochs = 64
)

// The fields of the record beside the names.
const (
	lineageField = "lineage"
	epochsField  = "epochs"
)

// purgesKey is that of the record, a hash without a lifetime: a Redis that evicts keys with a lifetime only never evicts it.
func (r *shared) purgesKey() string { return r.Key("purges2") }

// newestWrite returns the id of the last write of the record, "" if there is none, and hears Redis's clock.
func (r *shared) newestWrite(ctx context.Context) (newest string, err error) {
	err = r.Do(ctx, r.purgesKey(), func(ctx context.Context) error {
		reply, err := purgedScript.Run(ctx, r.Client, []string{r.purgesKey()}, r.clock.reading(), idSize).Slice()
		if err != nil {
			return err
		}
		newest, _ = reply[0].(string)
		now, _ := reply[1].(int64)
		order, _ := reply[2].(int64)
		r.clock.hear(now, uint64(max(0, order)))
		return nil
	})
	return newest, err
}

// readPurges returns the record.
func (r *shared) readPurges(ctx context.Context) (all record, err error) {
	var fields map[string]string
	err = r.Do(ctx, r.purgesKey(), func(ctx context.Context) (err error) {
		fields, err = r.Client.HGetAll(ctx, r.purgesKey()).Result()
		return err
	})
	all = record{names: make(map[string]purge, len(fields)), lineage: fields[lineageField], epochs: strings.Fields(fields[epochsField])}
	if len(all.lineage) < idSize {
		all.lineage = ""
	}
	for name, text := range fields {
		if strings.HasPrefix(name, softly) || strings.HasPrefix(name, firmly) {
			id, at, _ := strings.Cut(text, " ")
			ms, _ := strconv.ParseInt(at, 10, 64)
			all.names[name] = purge{parseID(id), ms - r.clock.shift().Milliseconds()}
		}
	}
	return all, err
}

// writePurges adds purges to the record, in one write with an id. ancestors are the ids of writes that were lost.
func (r *shared) writePurges(ctx context.Context, write, ancestors string, epochs []string, these map[string]pending) error {
	args := []any{
		write, ancestors, maxWrites, strings.Join(epochs, " "), maxEpochs,
		r.Messages.Channel, fleet.Message(purgeTopic, write), maxNames, newID(), newID(),
	}
	for name, u := range these {
		args = append(args, name, hexID(u.follows), hexID(u.id), newID(), u.at+r.clock.shift().Milliseconds())
	}
	return r.Do(ctx, r.purgesKey(), func(ctx context.Context) error {
		return purgeScript.Run(ctx, r.Client, []string{r.purgesKey()}, args...).Err()
	})
}
