package fleet_test

import (
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
)

func TestRedisURLsThatAreNone(t *testing.T) {
	for _, url := range []string{"", "http://:secret@x", "redis://:secret@h:port/x"} {
		if _, err := fleet.Connect(fleet.Options{URL: url}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", url, err)
		}
	}
}
