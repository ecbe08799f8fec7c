package doctor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/rocket-gateway/rocket-gateway/internal/doctor"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// Every test of the package must leave nothing running behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	username = "svc.reports@example.com"
	password = "correct-horse-battery"
	patience = testkit.Patience
)

// now is when all tests run. The month before, which is queried, is April of 2026.
var now = time.Date(2026, 5, 15, 12, 0, 0, 0, time.UTC)

func frozen() time.Time { return now }

// sim is a simulator of Rocket whose clocks are all right.
func sim(change ...func(*rocketsim.Options)) http.Handler {
	o := rocketsim.Options{Username: username, Password: password, Customers: 27, Now: frozen}
	for _, f := range change {
		f(&o)
	}
	return dated(rocketsim.New(o), now)
}

func lax(o *rocketsim.Options) { o.Lax = true }

// dated sets the Date of every response.
func dated(next http.Handler, at time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", at.UTC().Format(http.TimeFormat))
		next.ServeHTTP(w, r)
	})
}

// serve runs a Rocket for the test and returns its base URL.
func serve(t *testing.T, rocket http.Handler) string {
	t.Helper()
	server := httptest.NewServer(rocket)
	t.Cleanup(server.Close)
	return server.URL + "/rocketsvc"
}

// options look at a Rocket, and at nothing else. change is for those of the client.
func options(t *testing.T, base string, change ...func(*upstream.Options, *upstream.TransportOptions)) doctor.Options {
	t.Helper()
	client := upstream.Options{
		Account: upstream.Account{Base: address(t, base), Username: username, Password: password},
	}
	shared := upstream.TransportOptions{
		MaxConcurrent: 2, QueueWait: patience, Timeout: patience, MaxResponseBytes: 1 << 24, Now: frozen, Log: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&client, &shared)
	}
	transport, err := upstream.NewTransport(shared)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.Close)
	client.Transport = transport
	rocket := upstream.New(client)
	t.Cleanup(rocket.Close)
	return doctor.Options{
		Settings: 36, Rocket: rocket, LookupNetIP: names{}.LookupNetIP, Location: time.UTC,
		Now: frozen, Progress: func(doctor.Progress) {}, End: func(doctor.Finding) {},
	}
}

func address(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// names is a resolver that knows these hosts.
type names map[string]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if n[host] == "" {
		return nil, errors.New("no such host")
	}
	return []netip.Addr{netip.MustParseAddr(n[host])}, nil
}

// examine runs all checks and returns the findings by name.
func examine(t *testing.T, o doctor.Options) map[string]doctor.Finding {
	t.Helper()
	findings := map[string]doctor.Finding{}
	reported := 0
	o.End = func(f doctor.Finding) { reported += 1 + strings.Count(f.Name, ", ") }
	report := doctor.Run(t.Context(), o)
	worst := doctor.OK
	for _, f := range report.Checks {
		if (f.Advice != "") != (f.Outcome == doctor.Warning || f.Outcome == doctor.Failed) || f.Detail == "" {
			t.Errorf("detail or advice is missing, or too much: %+v", f)
		}
		if f.Outcome == doctor.Failed || f.Outcome == doctor.Warning && worst == doctor.OK {
			worst = f.Outcome
		}
		findings[f.Name] = f
	}
	if len(report.Checks) != len(findings) || len(report.Checks) != reported || report.Outcome != worst {
		t.Errorf("the report has %d checks and End had %d, as %s", len(report.Checks), reported, report.Outcome)
	}
	return findings
}

// with are the names of the checks that ended so, sorted.
func with(findings map[string]doctor.Finding, o doctor.Outcome) []string {
	names := []string{}
	for _, name := range slices.Sorted(maps.Keys(findings)) {
		if findings[name].Outcome == o {
			names = append(names, name)
		}
	}
	return names
}

// want checks that exactly these checks ended so.
func want(t *testing.T, findings map[string]doctor.Finding, o doctor.Outcome, names ...string) {
	t.Helper()
	slices.Sort(names)
	if diff := cmp.Diff(append([]string{}, names...), with(findings, o)); diff != "" {
		t.Errorf("%s: %s\n%+v", o, diff, findings)
	}
}

// wantFinding checks one.
func wantFinding(t *testing.T, f doctor.Finding, o doctor.Outcome, detail, advice string) {
	t.Helper()
	if f.Outcome != o || !strings.Contains(f.Detail, detail) || !strings.Contains(f.Advice, advice) {
		t.Errorf("got %+v\nwant %s with %q and %q", f, o, detail, advice)
	}
}

// everywhere puts the providers before the names of checks.
func everywhere(names ...string) (all []string) {
	for _, p := range []string{"azure", "aws", "gcp"} {
		for _, n := range names {
			all = append(all, p+": "+n)
		}
	}
	return all
}

// request is a query on its way to the simulator.
type request struct {
	path    string
	filters []filter
}

type filter struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func (r *request) get(key string) string { return *r.at(key) }

func (r *request) at(key string) *string {
	for i := range r.filters {
		if r.filters[i].Key == key {
			return &r.filters[i].Value
		}
	}
	return new(string)
}

func (r *request) set(key, value string) {
	r.filters = append(slices.DeleteFunc(r.filters, func(f filter) bool { return f.Key == key }), filter{key, value})
}

// proxy is in front of a Rocket. request may change a request, or respond itself with a status other than zero; response may change the
// response.
type proxy struct {
	request  func(r *request) (status int, body string)
	response func(r *request, body string) string
}

func (p proxy) before(rocket http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/auth/login") {
			rocket.ServeHTTP(w, r)
			return
		}
		req := &request{path: r.URL.Path}
		var body struct {
			Filters []filter `json:"filters"`
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		req.filters = body.Filters
		w.Header().Set("Content-Type", "application/json")
		if p.request != nil {
			if status, text := p.request(req); status != 0 {
				w.WriteHeader(status)
				_, _ = io.WriteString(w, text)
				return
			}
		}
		body.Filters = req.filters
		text, _ := json.Marshal(body)
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(text))
		recorder := httptest.NewRecorder()
		rocket.ServeHTTP(recorder, r)
		reply := recorder.Body.String()
		if p.response != nil && recorder.Code == http.StatusOK {
			reply = p.response(req, reply)
		}
		w.WriteHeader(recorder.Code)
		_, _ = io.WriteString(w, reply)
	})
}
