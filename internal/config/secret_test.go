package config_test

import (
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

func TestSecretsAreNotPrinted(t *testing.T) {
	c := load(t, with("REDIS_URL="+redisURL, "AUTH_HS256_SECRET="+authSecret))
	for what, value := range map[string]any{
		"configuration": *c,
		"pointer to it": c,
		"origins":       c.Origins,
		"faults":        config.Faults{c.RedisURL.String()},
	} {
		testkit.WantMasked(t, what, value, password, redisPassword, authSecret)
	}
}
