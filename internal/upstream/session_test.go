package upstream_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// jwt makes a token of these claims, with a signature that is not checked.
func jwt(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"HS256"}`)) + "." + part([]byte(claims)) + ".c2lnbmVk"
}

func TestLoginReturnsTheSession(t *testing.T) {
	issued := time.Now().Add(-time.Minute).Truncate(time.Second)
	dated := issued.Add(2 * time.Minute)
	value := jwt(fmt.Sprintf(`{"iat":%d,"exp":%d,"profiles":[{"provider":"aws","resource_type":"resellers","resources":["1","2"]},
		{"provider":"azure/licenses","root":"br"}]}`, issued.Unix(), issued.Add(time.Hour).Unix()))
	r := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Date", dated.UTC().Format(http.TimeFormat))
		sendJSON(w, map[string]any{"token": value, "expiresAt": issued.Add(time.Hour).Unix()})
	}, returns("[]"))
	c := connect(t, options(t, r.URL))
	before := time.Now()
	s, err := c.Login(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.Sent.Before(before) || s.Sent.After(time.Now()) || !s.Expires.After(s.Sent) {
		t.Errorf("sent %s, expires %s", s.Sent, s.Expires)
	}
	if !s.Date.Equal(dated) || !s.IssuedAt.Equal(issued) {
		t.Errorf("dated %s, issued %s", s.Date, s.IssuedAt)
	}
	want := []upstream.Profile{
		{Provider: "aws", ResourceType: "resellers", Resources: []json.RawMessage{[]byte(`"1"`), []byte(`"2"`)}}, {Provider: "azure/licenses"},
	}
	if diff := cmp.Diff(want, s.Profiles); diff != "" {
		t.Error(diff)
	}
	for _, part := range strings.Split(value, ".") {
		if strings.Contains(fmt.Sprintf("%+v %#v", s, s), part) {
			t.Error("the session holds the token")
		}
	}
}

// Each login is one at Rocket, and the queries after it use its token.
func TestQueriesUseTheTokenOfTheLatestLogin(t *testing.T) {
	r := start(t, nil, returns("[]"))
	c := connect(t, options(t, r.URL))
	mustFetch(t, c)
	for range 2 {
		if _, err := c.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	mustFetch(t, c)
	r.wantCounts(t, 3, 2)
	if _, queries := r.seen(); queries[1].header.Get("Authorization") != "Bearer token-3" {
		t.Errorf("the query was sent with %s", queries[1].header.Get("Authorization"))
	}
}

func TestLoginThatFails(t *testing.T) {
	r := start(t, func(w http.ResponseWriter, r *http.Request, n int) { responds(http.StatusUnauthorized)(w, r, n) }, returns("[]"))
	s, err := connect(t, options(t, r.URL)).Login(t.Context())
	wantFault(t, err, fault.UpstreamCredentials, http.StatusUnauthorized)
	if !s.Expires.IsZero() {
		t.Errorf("%+v", s)
	}
	r.wantCounts(t, 1, 0)
}

// Opaque tokens are as good as any.
func TestTokensThatCannotBeRead(t *testing.T) {
	for _, value := range []string{"opaque", "a.b.c", jwt(`[]`), jwt(`{"profiles":7}`), jwt(`{"profiles":[7]}`)} {
		r := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			sendJSON(w, map[string]any{"token": value, "expiresAt": time.Now().Add(time.Hour).Unix()})
		}, returns("[]"))
		s, err := connect(t, options(t, r.URL)).Login(t.Context())
		if err != nil || s.Profiles != nil || !s.IssuedAt.IsZero() {
			t.Errorf("%s: %+v, %v", value, s, err)
		}
	}
}

func TestProbe(t *testing.T) {
	plain, secure := start(t, nil, responds(http.StatusNotFound)), startTLS(t, responds(http.StatusNotFound), true)
	o := options(t, secure.URL)
	o.CAFile = file(t, certificate(secure))
	transport := connect(t, o).Transport
	if state, err := transport.Probe(t.Context(), address(t, secure.URL)); err != nil || len(state.PeerCertificates) != 1 {
		t.Errorf("%+v, %v", state, err)
	}
	if state, err := transport.Probe(t.Context(), address(t, plain.URL)); err != nil || state != nil {
		t.Errorf("%+v, %v", state, err)
	}
	plain.Close()
	if _, err := transport.Probe(t.Context(), address(t, plain.URL)); fault.Of(err).Kind != fault.UpstreamError {
		t.Error(err)
	}
}
