package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/secret"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// replica is a whole gateway behind its listener, with the default settings.
type replica struct {
	handler http.Handler
	tokens  map[string]string
}

func (r *replica) serve(v visit) served {
	req := httptest.NewRequest(http.MethodGet, "/v1/azure/"+v.path+"?"+v.raw, nil)
	req.Header.Set("Authorization", "Bearer "+r.tokens[v.subject])
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, req)
	return served{w.Code, w.Body.Bytes()}
}

// tokensOf signs a token for every subject of the visits.
func tokensOf(t *testing.T, visits []visit) map[string]string {
	tokens := map[string]string{}
	for _, v := range visits {
		if tokens[v.subject] != "" {
			continue
		}
		kind, ids := "resellers", []string{"*"}
		if v.tenant >= 0 {
			kind, ids = "customers", []string{tenantID(v.tenant)}
		}
		token, err := sign(v.subject, kind, ids, weekEnd.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		tokens[v.subject] = token
	}
	return tokens
}

func newReplica(t *testing.T, rocket *weekRocket, server *miniredis.Miniredis, tokens map[string]string) policy {
	log := slog.New(slog.DiscardHandler)
	redis := connect(t, server, log)
	transport, err := upstream.NewTransport(upstream.TransportOptions{
		MaxConcurrent: 32, QueueWait: 5 * time.Second, Timeout: fetchTimeout, MaxResponseBytes: 32 << 20, Now: time.Now, Log: log,
		Wrap: func(http.RoundTripper) http.RoundTripper { return rocket },
	})
	base, baseErr := url.Parse("https://rocket.example")
	pool, poolErr := upstream.NewPool(upstream.Options{Transport: transport, Fleet: redis}, upstream.Accounts{
		List: []upstream.Account{{Name: "week", Base: base, Username: "u", Password: "p"}}, Default: "week",
		Keys: []secret.Value{"01234567890123456789012345678901"},
	})
	c, cacheErr := cache.New(cache.Options{
		Origin: pool, Redis: redis, MemoryBytes: 256 << 20, MaxEntryBytes: 8 << 20, FetchTimeout: fetchTimeout,
		RefreshFloor: 30 * time.Second, Now: time.Now, Log: log,
		Policy: cache.Policy{
			Location: time.UTC, Open: 5 * time.Minute, Settling: time.Hour, SettleDays: 10, Closed: 24 * time.Hour, Pickers: 15 * time.Minute,
			StaleWhileRevalidate: 10 * time.Minute, StaleIfError: 72 * time.Hour,
		},
	})
	verifier, authErr := verifierOf(log)
	if err := errors.Join(err, baseErr, poolErr, cacheErr, authErr); err != nil {
		t.Fatal(err)
	}
	handler, err := handlers.New(handlers.Options{
		Cache: c, Auth: verifier, Account: pool.Pick, Currency: pool.Currency, Location: time.UTC, ClientMaxAge: time.Minute,
		FetchTimeout: fetchTimeout, MaxBytes: 32 << 20, Now: time.Now, Log: log,
	}).Handler()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Close(context.Background())
		pool.Close()
		verifier.Close()
	})
	return &replica{handler, tokens}
}

// connect connects a replica to a Redis, or to none.
func connect(t *testing.T, server *miniredis.Miniredis, log *slog.Logger) *fleet.Redis {
	if server == nil {
		return nil
	}
	dial := func(context.Context, string, string) (net.Conn, error) { return server.Dial() }
	m := fleet.NewMonitor(log)
	redis := fleet.New(twoClients{newRedis(m.Dialer(dial)), newRedis(dial)}, m, fleet.Options{KeyPrefix: "week:", Log: log})
	t.Cleanup(func() {
		_ = redis.Close()
		time.Sleep(2 * time.Second) // go-redis tries to dial for a while after its end
	})
	return redis
}

// twoClients has a client of its own for messages: go-redis holds a lock while it subscribes, and virtual time does not advance while
// a caller waits for a lock.
type twoClients struct {
	*redis.Client
	messages *redis.Client
}

func (c twoClients) Subscribe(ctx context.Context, channels ...string) *redis.PubSub {
	return c.messages.Subscribe(ctx, channels...)
}

func (c twoClients) Close() error { return errors.Join(c.messages.Close(), c.Client.Close()) }

func newRedis(dial func(context.Context, string, string) (net.Conn, error)) *redis.Client {
	const limit = 10 * time.Second
	return redis.NewClient(&redis.Options{
		Dialer: dial, MaxRetries: -1, DialerRetries: 1, DialTimeout: limit, ReadTimeout: limit, WriteTimeout: limit, PoolTimeout: limit,
		ContextTimeoutEnabled: true, MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

func verifierOf(log *slog.Logger) (*auth.Verifier, error) {
	return auth.New(auth.Options{
		Secret: []byte(signingKey), ProfilesClaim: "profiles", Now: time.Now, Log: log,
		ParseProfiles: func(claim json.RawMessage) (any, int) {
			p := tenancy.Parse(claim)
			return p, p.Weight()
		},
	})
}
