package cache

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
)

// CheckRecord reads the record of purges in Redis as a replica does, and changes nothing. It returns the key of the record, and why
// replicas cannot use it or a part of it, or nil.
func CheckRecord(ctx context.Context, r *fleet.Redis) (key string, err error) {
	key = r.Key(recordName)
	reply, err := r.Run(ctx, purgedScript, []string{key}, 0, "", maxChange).Slice()
	if err != nil || len(reply) != recordSize {
		return key, err
	}
	var damaged []string
	fields, _ := reply[6].([]any)
	for field := range slices.Chunk(fields, 2) {
		if id, _, _ := strings.Cut(text(field[1]), " "); parseID(id) == 0 {
			damaged = append(damaged, text(field[0]))
		}
	}
	if len(damaged) > 0 {
		return key, fmt.Errorf("%d of its %d purges are damaged, %q among them", len(damaged), len(fields)/2, damaged[0])
	}
	return key, nil
}
