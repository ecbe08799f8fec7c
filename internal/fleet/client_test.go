package fleet_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// A user's password changes: Redis first, then the URL. Connections that are open stay good, and new ones log in with the new one.
func TestRelogin(t *testing.T) {
	server := testkit.StartRedis(t)
	admin := redis.NewClient(&redis.Options{Addr: server.Address})
	defer func() { _ = admin.Close() }()
	user := func(rules ...any) {
		t.Helper()
		command := append([]any{"ACL", "SETUSER", "gateway", "on", "~*", "&*", "+@all", "resetpass"}, rules...)
		if err := admin.Do(t.Context(), command...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	url := func(password string) string { return "redis://gateway:" + password + "@" + server.Address + "/0" }
	user(">first")
	r, err := fleet.Connect(fleet.Options{URL: url("first"), KeyPrefix: "test:", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	ping := func() error {
		return r.Do(t.Context(), "", func(ctx context.Context) error { return r.Client.Ping(ctx).Err() })
	}
	if err := ping(); err != nil {
		t.Fatal(err)
	}
	user(">second")
	if err := ping(); err != nil {
		t.Errorf("an open connection: %v", err)
	}
	if changed, err := r.Relogin(url("second")); !changed || err != nil {
		t.Errorf("%v %v", changed, err)
	}
	if changed, err := r.Relogin(url("second")); changed || err != nil {
		t.Errorf("the same once more: %v %v", changed, err)
	}
	if err := admin.Do(t.Context(), "CLIENT", "KILL", "USER", "gateway").Err(); err != nil {
		t.Fatal(err)
	}
	err = ping()
	for deadline := time.Now().Add(10 * time.Second); err != nil && time.Now().Before(deadline); err = ping() {
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		t.Errorf("a new connection: %v", err)
	}
}

// What is more than another login waits for the next start, and changes nothing now.
func TestReloginElsewhere(t *testing.T) {
	r, err := fleet.Connect(fleet.Options{URL: "redis://a:b@one:6379/0", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for _, url := range []string{
		"redis://a:b@two:6379/0", "redis://a:b@one:6379/1", "rediss://a:b@one:6379/0", "redis+cluster://a:b@one:6379",
		"redis+sentinel://a:b@one:6379/master",
	} {
		if changed, err := r.Relogin(url); changed || !errors.Is(err, fleet.ErrElsewhere) {
			t.Errorf("%s: %v %v", url, changed, err)
		}
	}
	if _, err := r.Relogin("nonsense"); err == nil || errors.Is(err, fleet.ErrElsewhere) {
		t.Errorf("%v", err)
	}
}
