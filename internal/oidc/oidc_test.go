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
	_, _ = fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%q,"token_endpoint":%q,"code_challenge_methods_supported":["S256"]}`,
		issuer, authorization, token)
}

// padded writes valid metadata of so many bytes.
func padded(w io.Writer, url string, size int) {
	var document strings.Builder
	metadata(&document, url, url+"/authorize", url+"/token")
	_, _ = io.WriteString(w, document.String()+strings.Repeat(" ", size-document.Len()))
}

// A document of the largest size is read.
func TestLargestDocument(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request, url string) { padded(w, url, 1<<20) })
	if _, err := oidc.Find(t.Context(), url); err != nil {
		t.Error(err)
	}
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
			TokenOrigin: "https://tokens.example.com:8443", ChallengeMethods: []string{"S256"},
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
		"no JSON":        {func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, "<html>") }, "no JSON"},
		"another issuer": {func(w http.ResponseWriter, url string) { metadata(w, url+"/x", url, url) }, "are those of issuer"},
		"no endpoints":   {func(w http.ResponseWriter, url string) { metadata(w, url, "", "") }, "authorization_endpoint must be"},
		"a script": {
			func(w http.ResponseWriter, url string) { metadata(w, url, "javascript:alert(1)", url) }, "authorization_endpoint must be",
		},
		"a user": {
			func(w http.ResponseWriter, url string) { metadata(w, url, url, "https://u:p@example.com") }, "token_endpoint must be",
		},
		"a further source": {
			func(w http.ResponseWriter, url string) { metadata(w, url, url, "https://a;script-src") }, "token_endpoint must be a name",
		},
		"an IPv6 address": {
			func(w http.ResponseWriter, url string) { metadata(w, url, url, "https://[::1]/") }, "token_endpoint must be a name",
		},
		"a redirect": {
			func(w http.ResponseWriter, url string) { w.Header().Set("Location", url); w.WriteHeader(302) }, "redirect to plain http",
		},
		"a large document":  {func(w http.ResponseWriter, url string) { padded(w, url, 1<<20+1) }, "larger than 1 MiB"},
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

// An issuer at an https URL has endpoints at https URLs alone; elsewhere, the code of a login, or a password, would cross the
// network in clear.
func TestEndpointsOfAnHTTPSIssuer(t *testing.T) {
	const plain, secure = "http://login.example.com/x", "https://login.example.com/x"
	for name, tt := range map[string]struct{ authorization, token, want string }{
		"both https":                {secure, secure, ""},
		"an authorization endpoint": {plain, secure, "authorization_endpoint must be an https URL"},
		"a token endpoint":          {secure, plain, "token_endpoint must be an https URL"},
		"capitals":                  {secure, "HTTP://login.example.com/x", "token_endpoint must be an https URL"},
		"a user":                    {"https://u:p@login.example.com/x", secure, "authorization_endpoint must be an https URL"},
		"no host":                   {secure, "https:///x", "host of the token_endpoint must be a name"},
	} {
		for _, scheme := range []string{"https", "HTTPS"} {
			t.Run(name+" of "+scheme, func(t *testing.T) {
				issuer := scheme + "://login.example.com"
				var document strings.Builder
				metadata(&document, issuer, tt.authorization, tt.token)
				found, err := oidc.Parse(issuer, []byte(document.String()))
				switch {
				case tt.want == "" && (err != nil || found.TokenOrigin != "https://login.example.com"):
					t.Errorf("got %v, %v", found, err)
				case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
					t.Errorf("got %v, %v, want %q", found, err, tt.want)
				}
			})
		}
	}
}
