package upstream

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

func fails(err error) func() ([]byte, error) { return func() ([]byte, error) { return nil, err } }

func succeeds() ([]byte, error) { return []byte("[]"), nil }

func healthy(now func() time.Time) *host {
	return newHost("rocket.test", now, slog.New(slog.DiscardHandler))
}

// The breaker's own clock is the wall's, so that its window and pause are left to its library's tests.
func TestBreakerOpensForAHostThatFails(t *testing.T) {
	h := healthy(time.Now)
	for i := range breakerLeast {
		if _, err := h.ask(fails(status(fault.UpstreamError, 503, 0))); fault.Of(err).Status != 503 {
			t.Fatalf("question %d: %v", i, err)
		}
	}
	asked := false
	_, err := h.ask(func() ([]byte, error) { asked = true; return succeeds() })
	if e := fault.Of(err); asked || e.Kind != fault.UpstreamUnavailable || e.RetryAfter < time.Second || e.RetryAfter > 10*time.Second {
		t.Errorf("asked: %t, got %v, again in %s", asked, e, e.RetryAfter)
	}
}

func TestBreakerStaysClosed(t *testing.T) {
	for name, failures := range map[string][]error{
		"half of the questions and less": {status(fault.UpstreamError, 503, 0), nil, nil},
		"questions that Rocket dislikes": {status(fault.UpstreamRejected, 404, 0)},
		"refused logins":                 {status(fault.UpstreamCredentials, 401, 0)},
		"answers that are none":          {status(fault.UpstreamInvalidResponse, 200, 0)},
		"no place here":                  {status(fault.UpstreamUnavailable, 0, time.Second)},
	} {
		h := healthy(time.Now)
		for i := range 3 * breakerLeast {
			if _, err := h.ask(fails(failures[i%len(failures)])); !errors.Is(err, failures[i%len(failures)]) {
				t.Fatalf("%s: question %d: %v", name, i, err)
			}
		}
	}
}

func TestSeveralInARowThatAreTooManyMeanEverybody(t *testing.T) {
	now := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	h := healthy(func() time.Time { return now })
	limited := status(fault.UpstreamUnavailable, 429, 7*time.Second)
	for range limitedInARow - 1 {
		h.heard(limited)
	}
	h.heard(nil) // begins a new row
	for range limitedInARow - 1 {
		h.heard(limited)
	}
	if _, err := h.ask(succeeds); err != nil {
		t.Fatalf("two in a row: %v", err)
	}
	h.heard(limited)
	if _, err := h.ask(succeeds); err == nil || fault.Of(err).RetryAfter != 7*time.Second {
		t.Errorf("three in a row: %v", err)
	}
	now = now.Add(7 * time.Second)
	if _, err := h.ask(succeeds); err != nil {
		t.Errorf("after the pause: %v", err)
	}
}
