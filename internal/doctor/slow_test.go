package doctor_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/doctor"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// late is a way to a Rocket, without a network, whose responses come late on some paths.
type late struct {
	rocket http.Handler
	by     map[string]time.Duration // by the end of the path
}

func (l late) RoundTrip(r *http.Request) (*http.Response, error) {
	for end, by := range l.by {
		if strings.HasSuffix(r.URL.Path, end) {
			time.Sleep(by)
		}
	}
	w := httptest.NewRecorder()
	l.rocket.ServeHTTP(w, r)
	return w.Result(), nil
}

// examineLate examines a Rocket in virtual time.
func examineLate(t *testing.T, timeout time.Duration, by map[string]time.Duration) map[string]doctor.Finding {
	t.Helper()
	began := time.Now()
	o := options(t, "http://127.0.0.1/rocketsvc", func(_ *upstream.Options, l *upstream.TransportOptions) {
		l.Timeout, l.MaxConcurrent = timeout, 3
		l.Wrap = func(http.RoundTripper) http.RoundTripper { return late{sim(), by} }
	})
	o.Now = func() time.Time { return now.Add(time.Since(began)) }
	return examine(t, o)
}

func TestSlowResponses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		findings := examineLate(t, time.Minute, map[string]time.Duration{
			"/aws/by-day": 2 * time.Second, "/gcp/by-day": 2500 * time.Millisecond, "/gcp/by-tag": 4 * time.Second,
		})
		want(t, findings, doctor.Failed)
		want(t, findings, doctor.Warning, "gcp: response times")
		wantFinding(t, findings["gcp: response times"], doctor.Warning, "2 responses took longer than 2s; by-tag took 4s", "ROCKET_TIMEOUT")
		wantFinding(t, findings["aws: response times"], doctor.OK, "no response took longer than 2s", "")
	})
}

// A third of ROCKET_TIMEOUT is no reason to complain, more than half of it is.
func TestResponsesThatAreSlowForTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		findings := examineLate(t, 3*time.Second, map[string]time.Duration{"/azure/by-tag": time.Second, "/aws/by-tag": 1600 * time.Millisecond})
		want(t, findings, doctor.Warning, "aws: response times")
		wantFinding(t, findings["aws: response times"], doctor.Warning, "1 response took longer than 1.5s", "ROCKET_TIMEOUT")
	})
}

// Providers are examined at the same time, each by one request at a time.
func TestProvidersAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		examineLate(t, time.Minute,
			map[string]time.Duration{"/azure/by-day": time.Second, "/aws/by-day": time.Second, "/gcp/by-day": time.Second})
		alone := time.Since(began)
		began = time.Now()
		examineLate(t, time.Minute, map[string]time.Duration{"/azure/by-day": time.Second})
		if took := time.Since(began); took != alone {
			t.Errorf("one slow provider takes %s, three take %s", took, alone)
		}
	})
}
