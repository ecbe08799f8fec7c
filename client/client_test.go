package client_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/rocket-gateway/rocket-gateway/client"
)

func TestNewRefusesWhatIsNoURLOfAGateway(t *testing.T) {
	for _, base := range []string{
		"", "costs.example.com", "ftp://costs.example.com", "https://", "https://:443", "https://x?a=1", "https://x/?", "https://x#a", ":",
		"https://u:SECRET@x", "https://u:SECRET@x y", "https://u:SECRET/@x", "ftp://u:SECRET@x", "https://x?token=SECRET",
	} {
		if _, err := client.New(base); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%q: %v", base, err)
		}
	}
}

func TestNewRefusesNil(t *testing.T) {
	for _, option := range []client.Option{nil, client.WithHTTPClient(nil), client.WithTokenSource(nil)} {
		if _, err := client.New("https://costs.example.com", option); err == nil {
			t.Error("nil is accepted")
		}
	}
}

func TestSlashesAtTheEndOfTheURL(t *testing.T) {
	for base, want := range map[string]string{"": "/v1/me", "/": "/v1/me", "//": "/v1/me", "/a/b//": "/a/b/v1/me", "/a%2Fb/": "/a%2Fb/v1/me"} {
		own := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			if got := r.URL.EscapedPath(); got != want {
				t.Errorf("%s: got %s, want %s", base, got, want)
			}
			return response(r, http.StatusOK, `{}`), nil
		})}
		c, err := client.New("https://costs.example.com"+base, client.WithHTTPClient(own))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Me(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestARequest(t *testing.T) {
	var got *http.Request
	c := clientOf(t, func(r *http.Request) (*http.Response, error) {
		got = r
		return response(r, http.StatusOK, `[]`), nil
	}, client.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "secret"})))
	_, err := c.Usages(t.Context(), client.AWS, client.UsagesParams{
		Period: "2025-06", Catalog: []string{"a b", "c"}, Limit: 5, Search: "São", IfNoneMatch: `W/"x"`, CacheControl: "no-cache",
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://costs.example.com/base/v1/aws/usages?catalog=a+b&catalog=c&limit=5&period=2025-06&q=S%C3%A3o"; got.URL.String() != want {
		t.Errorf("got %s, want %s", got.URL, want)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer secret", "Accept": "application/json", "If-None-Match": `W/"x"`, "Cache-Control": "no-cache",
		"User-Agent": "rocket-gateway-client-go",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
		}
	}
}

// A provider is a part of the path, whatever it contains.
func TestAProviderDoesNotLeaveItsPlace(t *testing.T) {
	c := clientOf(t, func(r *http.Request) (*http.Response, error) {
		if want := "/base/v1/..%2F%25s%3Fx/usages"; r.URL.EscapedPath() != want {
			t.Errorf("got %s, want %s", r.URL.EscapedPath(), want)
		}
		return response(r, http.StatusOK, `[]`), nil
	})
	if _, err := c.Usages(t.Context(), "../%s?x", client.UsagesParams{}); err != nil {
		t.Error(err)
	}
}

func TestATokenReachesNoOtherHost(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect is followed") }))
	defer other.Close()
	gateway := httptest.NewServer(http.RedirectHandler(strings.Replace(other.URL, "//", "//user:SECRET@", 1)+"/v1/me?state=SECRET#SECRET", http.StatusFound))
	defer gateway.Close()
	c, err := client.New(gateway.URL, client.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "secret"})))
	if err != nil {
		t.Fatal(err)
	}
	var problem *client.Problem
	_, err = c.Me(t.Context())
	if !errors.As(err, &problem) || problem.Status != http.StatusFound || problem.Header.Get("Location") == "" {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(problem.Error(), other.URL+"/v1/me") || strings.Contains(problem.Error(), "SECRET") {
		t.Errorf("got %v", problem)
	}
}

func TestAClientOfTheCallersIsNotChanged(t *testing.T) {
	own := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		return response(r, http.StatusOK, `{}`), nil
	})}
	c, err := client.New("http://x", client.WithHTTPClient(own), client.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "x"})))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := own.Transport.(transport); !ok || own.CheckRedirect != nil {
		t.Errorf("the client is now %+v", own)
	}
}

// idle is a transport that counts how often its idle connections are closed.
type idle struct {
	transport
	closed int
}

func (i *idle) CloseIdleConnections() { i.closed++ }

// Others may use the connections of the caller's transport.
func TestConnectionsOfTheCallersStayOpen(t *testing.T) {
	own := &idle{transport: down.respond}
	c, err := client.New("http://x", client.WithRetries(0), client.WithHTTPClient(&http.Client{Transport: own}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Me(t.Context()); err == nil || own.closed > 0 {
		t.Errorf("got %v, the connections were closed %d times", err, own.closed)
	}
}
