package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// Every setting has one origin, in the order of the table.
func TestOriginsAreComplete(t *testing.T) {
	var got []string
	for _, o := range load(t, required).Origins {
		got = append(got, o.Name)
	}
	if diff := cmp.Diff(config.Names(), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestOrigins(t *testing.T) {
	secretFile := file(t, password)
	c := load(t, []string{
		"ROCKET_USERNAME=service", "AUTH_MODE=none", "LOG_LEVEL=info", "CACHE_FRESH_OPEN=", "REDIS_URL=" + redisURL,
		"ROCKET_PASSWORD_FILE=" + secretFile, "ROCKET_URL=https://rocket.example.com/rocketsvc/api/v4/",
	})
	for _, want := range []config.Origin{
		{Name: "LISTEN_ADDR", Value: ":8080", Source: "default"},
		{Name: "PUBLIC_BASE_PATH", Value: "", Source: "default"},
		{Name: "CACHE_FRESH_OPEN", Value: "5m", Source: "default"},
		{Name: "LOG_LEVEL", Value: "info", Source: "environment"}, // set to what it would be
		{Name: "ROCKET_USERNAME", Value: "service", Source: "environment"},
		{Name: "ROCKET_URL", Value: "https://rocket.example.com/rocketsvc/api/v4/", Source: "environment"},
		{Name: "ROCKET_PASSWORD", Value: "********", Source: "file " + secretFile},
		{Name: "REDIS_URL", Value: redisURLMasked, Source: "environment"},
	} {
		if got := origin(t, c, want.Name); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestSecretThatIsNotSet(t *testing.T) {
	want := config.Origin{Name: "REDIS_URL", Value: "", Source: "default"}
	if got := origin(t, load(t, required), "REDIS_URL"); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
