package quota

import (
	"context"
	_ "embed"
	"encoding/base64"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/rate"
)

// keyVersion changes with what stands under a key, so that two releases never read each other's.
const keyVersion = "q1"

var (
	//go:embed scripts/take.lua
	takeSource string
	takeScript = redis.NewScript(takeSource)
)

// shared is the count of all replicas.
type shared struct {
	*fleet.Redis
	name  string
	limit rate.Limit
}

// key holds the caller's hash in braces: it decides about the slot of a Cluster.
func (s *shared) key(who id) string {
	return s.Key(keyVersion + ":" + s.name + ":{" + base64.RawURLEncoding.EncodeToString(who[:]) + "}")
}

// take takes from the bucket in Redis and gives it as it stands at now, by the clock of this process. That is from before
// Redis was asked, so that the copy is never behind what Redis would say.
func (s *shared) take(ctx context.Context, who id, now int64) (b bucket, granted bool, err error) {
	err = s.Do(ctx, s.key(who), func(ctx context.Context) error {
		reply, err := takeScript.Run(ctx, s.Client, []string{s.key(who)}, s.limit.Requests, s.limit.Per.Microseconds()).Int64Slice()
		if err != nil {
			return err
		}
		granted, b = reply[0] == 1, bucket{start: now - reply[1], used: reply[2]}
		return nil
	})
	return b, granted, err
}
