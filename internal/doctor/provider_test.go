package doctor_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/doctor"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// assumptions are the names of all that are tested.
var assumptions = []string{
	"empty filters", "views", "unique ids", "paging", "unknown id", "empty lists", "case of ids", "filters together", "cost levels",
	"ids obeyed", "ids together", "sums", "omitted filters", "inclusive ends", "beginning of days", "same response",
}

// maxQueries is what docs/rocket.md states for a provider.
const maxQueries = 57

func TestAllIsWell(t *testing.T) {
	rocket := rocketsim.New(rocketsim.Options{Username: username, Password: password, Customers: 27, Now: frozen})
	findings := examine(t, options(t, serve(t, dated(rocket, now))))
	want(t, findings, doctor.Failed)
	want(t, findings, doctor.Warning)
	// an address, plain http, and nothing given
	want(t, findings, doctor.Skipped, "DNS", "TLS", "Redis", "issuer's keys", "login on the docs page")
	for _, e := range query.Endpoints() {
		for _, name := range everywhere(e.Name) {
			if findings[name].Outcome != doctor.OK {
				t.Errorf("%s: %+v", name, findings[name])
			}
		}
	}
	wantFinding(t, findings["azure: by-day"], doctor.OK, "30 rows", "")
	wantFinding(t, findings["account"], doctor.OK, "azure distributors (3), aws distributors (3), gcp distributors (3), azure/licenses (1)",
		"")
	counts := rocket.Counts()
	if counts.Logins != 1 {
		t.Errorf("%d logins", counts.Logins)
	}
	if perProvider := counts.Total() / 3; perProvider > maxQueries {
		t.Errorf("%d queries for each provider", perProvider)
	}
}

func TestLaxRocket(t *testing.T) {
	findings := examine(t, options(t, serve(t, sim(lax))))
	want(t, findings, doctor.Failed, everywhere("filters together", "unknown id")...)
	want(t, findings, doctor.Warning)
	wantFinding(t, findings["azure: filters together"], doctor.Failed, "of others", "filters do not keep the rest from them")
}

func TestProviderWithoutAccess(t *testing.T) {
	findings := examine(t, options(t, serve(t, sim(func(o *rocketsim.Options) { o.Deny = "gcp" }))))
	want(t, findings, doctor.Failed)
	want(t, findings, doctor.Warning, "gcp: usages")
	wantFinding(t, findings["gcp: usages"], doctor.Warning, "the account has no access to this provider", "unless that is intended")
	if _, queried := findings["gcp: by-day"]; queried {
		t.Error("there were more queries")
	}
}

func TestAccountWithoutAccess(t *testing.T) {
	refuse := proxy{request: func(*request) (int, string) { return http.StatusForbidden, "{}" }}
	findings := examine(t, options(t, serve(t, refuse.before(sim()))))
	want(t, findings, doctor.Warning, "azure: usages", "aws: usages")
	want(t, findings, doctor.Failed, "gcp: usages")
}

func TestQueryThatRocketRefusesToTheAccount(t *testing.T) {
	refuse := proxy{request: func(r *request) (int, string) {
		if strings.HasSuffix(r.path, "/azure/by-day") {
			return http.StatusForbidden, "{}"
		}
		return 0, ""
	}}
	findings := examine(t, options(t, serve(t, refuse.before(sim()))))
	want(t, findings, doctor.Failed)
	want(t, findings, doctor.Warning, "azure: by-day")
	wantFinding(t, findings["azure: inclusive ends"], doctor.Skipped, "needs by-day", "")
}

func TestQueriesThatFail(t *testing.T) {
	for response, advice := range map[string]string{
		"400 {}":            "does not understand",
		"500 {}":            "tell Rocket's operator",
		"200 <html></html>": "ROCKET_URL",
		"200 {}":            "ROCKET_URL", // a list belongs there
	} {
		status, body, _ := strings.Cut(response, " ")
		broken := proxy{request: func(r *request) (int, string) {
			if strings.HasSuffix(r.path, "/aws/by-month") {
				return map[string]int{"200": 200, "400": 400, "500": 500}[status], body
			}
			return 0, ""
		}}
		findings := examine(t, options(t, serve(t, broken.before(sim()))))
		want(t, findings, doctor.Failed, "aws: by-month")
		wantFinding(t, findings["aws: by-month"], doctor.Failed, "Rocket", advice)
	}
}

// Each request would take as long as it may. After two of them the doctor sends no more to a provider.
func TestRocketThatStopsResponding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 30 * time.Second
		rocket := hanging{sim()}
		began := time.Now()
		findings := examine(t, options(t, "http://127.0.0.1/rocketsvc", func(_ *upstream.Options, l *upstream.TransportOptions) {
			l.Timeout, l.MaxConcurrent = timeout, 3
			l.Wrap = func(http.RoundTripper) http.RoundTripper { return rocket }
		}))
		want(t, findings, doctor.Failed, everywhere("usages", "indicators")...)
		wantFinding(t, findings["azure: usages"], doctor.Failed, "did not respond in time", "ROCKET_TIMEOUT")
		wantFinding(t, findings["gcp: by-day"], doctor.Skipped, "stopped responding", "")
		if took := time.Since(began); took != 2*timeout {
			t.Errorf("it took %s, want two timeouts", took)
		}
	})
}

// hanging is a way to a Rocket, without a network, that responds to logins alone.
type hanging struct{ rocket http.Handler }

func (h hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/auth/login") {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	w := httptest.NewRecorder()
	h.rocket.ServeHTTP(w, r)
	return w.Result(), nil
}
