package oidc_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/rocket-gateway/rocket-gateway/internal/oidc"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// discover begins a discovery, which ends with the test. lines has the log.
func discover(t *testing.T, issuer string) (d *oidc.Discovery, lines *testkit.Buffer) {
	t.Helper()
	lines = &testkit.Buffer{}
	d = oidc.Discover(oidc.Options{Issuer: issuer, Log: slog.New(slog.NewTextHandler(lines, nil))})
	t.Cleanup(d.Close)
	return d, lines
}

// serve starts an issuer whose metadata respond returns for its URL.
func serve(t *testing.T, respond func(w http.ResponseWriter, r *http.Request, url string)) string {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { respond(w, r, s.URL) }))
	t.Cleanup(s.Close)
	return s.URL
}

func metadata(w io.Writer, issuer, authorization, token string) {
	_, _ = fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%q,"token_endpoint":%q,"more":[]}`, issuer, authorization, token)
}

func TestEndpointsAreDiscovered(t *testing.T) {
	for _, slash := range []string{"", "/"} {
		url := serve(t, func(w http.ResponseWriter, r *http.Request, url string) {
			if r.URL.Path == "/realm/.well-known/openid-configuration" {
				metadata(w, url+"/realm", "https://login.example.com/authorize?x=1", "https://Tokens.example.com:8443/token")
			}
		})
		d, _ := discover(t, url+"/realm"+slash)
		testkit.Until(t, "the endpoints are known", func() bool { return d.Endpoints() != nil })
		want := &oidc.Endpoints{
			Authorization: "https://login.example.com/authorize?x=1", Token: "https://Tokens.example.com:8443/token",
			TokenOrigin: "https://tokens.example.com:8443",
		}
		if diff := cmp.Diff(want, d.Endpoints()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

// An issuer that fails at first is asked again.
func TestDiscoveryIsRetried(t *testing.T) {
	var requests atomic.Int32
	url := serve(t, func(w http.ResponseWriter, _ *http.Request, url string) {
		if requests.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		metadata(w, url, url+"/authorize", url+"/token")
	})
	d, lines := discover(t, url)
	testkit.Until(t, "the endpoints are known", func() bool { return d.Endpoints() != nil })
	if log := lines.String(); !strings.Contains(log, "not discovered") || !strings.Contains(log, "503") {
		t.Errorf("the log does not name the failure: %s", log)
	}
}

// An issuer that does not respond delays nothing, nor the end.
func TestAnIssuerThatHangs(t *testing.T) {
	asked := make(chan struct{})
	url := serve(t, func(_ http.ResponseWriter, r *http.Request, _ string) {
		close(asked)
		<-r.Context().Done()
	})
	d, _ := discover(t, url)
	<-asked
	if d.Endpoints() != nil {
		t.Error("there are endpoints")
	}
	d.Close()
}

// Metadata that would send people or tokens elsewhere are refused.
func TestMetadataThatAreRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		respond func(w http.ResponseWriter, url string)
		want    string
	}{
		"no JSON":           {func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, "<html>") }, "no JSON"},
		"another issuer":    {func(w http.ResponseWriter, url string) { metadata(w, url+"/x", url, url) }, "are those of issuer"},
		"no endpoints":      {func(w http.ResponseWriter, url string) { metadata(w, url, "", "") }, "authorization_endpoint must be"},
		"a script":          {func(w http.ResponseWriter, url string) { metadata(w, url, "javascript:alert(1)", url) }, "authorization_endpoint must be"},
		"a user":            {func(w http.ResponseWriter, url string) { metadata(w, url, url, "https://u:p@example.com") }, "token_endpoint must be"},
		"a further source":  {func(w http.ResponseWriter, url string) { metadata(w, url, url, "https://a;script-src") }, "token_endpoint must be a name"},
		"an IPv6 address":   {func(w http.ResponseWriter, url string) { metadata(w, url, url, "https://[::1]/") }, "token_endpoint must be a name"},
		"a redirect":        {func(w http.ResponseWriter, url string) { w.Header().Set("Location", url); w.WriteHeader(302) }, "redirect to plain http"},
		"a large document":  {func(w http.ResponseWriter, _ string) { _, _ = w.Write(make([]byte, 1<<20+1)) }, "larger than 1 MiB"},
		"no such document":  {func(w http.ResponseWriter, _ string) { w.WriteHeader(404) }, "404"},
		"a closed endpoint": {func(w http.ResponseWriter, url string) { metadata(w, url, url, "//example.com/token") }, "token_endpoint must be"},
	} {
		t.Run(name, func(t *testing.T) {
			url := serve(t, func(w http.ResponseWriter, _ *http.Request, url string) { tt.respond(w, url) })
			d, lines := discover(t, url)
			testkit.Until(t, "the failure is logged", func() bool { return strings.Contains(lines.String(), "not discovered") })
			if !strings.Contains(lines.String(), tt.want) || d.Endpoints() != nil {
				t.Errorf("want %q in %s", tt.want, lines.String())
			}
		})
	}
}
