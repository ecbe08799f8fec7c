package auth_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/published"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// journal is a log that tests read.
type journal struct{ testkit.Buffer }

func (j *journal) option(o *auth.Options) {
	o.Log = slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// await waits until the log has a line.
func (j *journal) await(t *testing.T) {
	t.Helper()
	testkit.Until(t, "the log has a line", func() bool { return j.String() != "" })
}

// firstFetch reports whether the first fetch found keys, once it has ended.
func firstFetch(t *testing.T, address string, network http.RoundTripper) (ok bool) {
	t.Helper()
	var j journal
	v, err := auth.NewOver(options(j.option, func(o *auth.Options) { o.JWKSURL, o.Now = address, time.Now }), network)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	j.await(t)
	return v.Ready()
}

// trusting returns a transport with the server's certificate among those that are trusted.
func trusting(server *httptest.Server) *http.Transport {
	network := published.NewTransport()
	network.TLSClientConfig.RootCAs = x509.NewCertPool()
	network.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	return network
}

func startTLS(t *testing.T, i *issuer, most uint16) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(i)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: most}
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func TestTLS(t *testing.T) {
	for version, ok := range map[uint16]bool{
		tls.VersionTLS13: true, tls.VersionTLS12: true, tls.VersionTLS11: false, tls.VersionTLS10: false,
	} {
		i := newIssuer(t, jwk(t, "k", p256Key()))
		server := startTLS(t, i, version)
		if firstFetch(t, server.URL, trusting(server)) != ok || (i.requests.Load() > 0) != ok {
			t.Errorf("%s: keys were read: %v", tls.VersionName(version), !ok)
		}
	}
}

func TestAnUnknownCertificateIsNotTrusted(t *testing.T) {
	i := newIssuer(t, jwk(t, "k", p256Key()))
	if firstFetch(t, startTLS(t, i, tls.VersionTLS13).URL, published.NewTransport()) || i.requests.Load() > 0 {
		t.Error("keys were read from a server with an unknown certificate")
	}
}

func TestRedirects(t *testing.T) {
	i := newIssuer(t, jwk(t, "k", p256Key()))
	secure := httptest.NewTLSServer(i)
	defer secure.Close()
	plain := httptest.NewServer(i)
	defer plain.Close()
	for what, tt := range map[string]struct {
		from, to string
		ready    bool
	}{
		"https to https": {secure.URL, secure.URL + "/other", true},
		"http to https":  {plain.URL, secure.URL, true},
		"https to http":  {secure.URL, plain.URL, false},
		"http to http":   {plain.URL, plain.URL + "/other", false},
	} {
		t.Run(what, func(t *testing.T) {
			i.handle(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/start" {
					http.Redirect(w, r, tt.to, http.StatusFound)
					return
				}
				_, _ = io.WriteString(w, *i.set.Load())
			})
			if got := firstFetch(t, tt.from+"/start", trusting(secure)); got != tt.ready {
				t.Errorf("keys were read: %v", got)
			}
		})
	}
}

func TestRedirectsWithoutEnd(t *testing.T) {
	around := func(i *issuer) {
		i.handle(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, fmt.Sprintf("https://login.example.com/%d", i.requests.Load()), http.StatusFound)
		})
	}
	startWith(t, around, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		if n := i.requests.Load(); n != published.MaxRedirects+1 || v.Ready() {
			t.Errorf("%d requests for one fetch", n)
		}
	})
}

func TestRequestToTheIssuer(t *testing.T) {
	listen := func(i *issuer) {
		i.handle(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || r.URL.String() != i.url || r.Header.Get("Authorization") != "" {
				t.Errorf("%s %s with %v", r.Method, r.URL, r.Header)
			}
			if deadline, ok := r.Context().Deadline(); !ok || time.Until(deadline) != published.Timeout {
				t.Error("the request has no deadline")
			}
			w.WriteHeader(http.StatusNoContent)
		})
	}
	startWith(t, listen, func(t *testing.T, i *issuer, _ *auth.Verifier) {
		synctest.Wait()
		if i.requests.Load() != 1 {
			t.Error("it got no request")
		}
	})
}

// The log has what an operator needs, once, and not the address.
func TestLog(t *testing.T) {
	var j journal
	inBubble(t, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		i.handle(unavailable)
		time.Sleep(time.Hour)
		i.handle(nil)
		i.publish(t, jwk(t, "old", p256Key()), m{"kty": "oct", "k": encode(secret)})
		time.Sleep(auth.MaxBackoff)
		synctest.Wait()
		i.publish(t, jwk(t, "new", edKey()), m{"kty": "oct", "k": encode(secret)})
		wantCaller(t, v, newKey(t))
	}, j.option)
	lines := strings.Split(strings.TrimSpace(j.String()), "\n")
	for n, words := range []string{
		"level=INFO msg=\"issuer keys replaced\" keys=1 skipped=[]",
		"level=WARN msg=\"issuer keys not read, using the last ones",
		"level=INFO msg=\"issuer keys read again",
		"level=INFO msg=\"issuer keys replaced\" keys=1 skipped=\"[key 2 is secret or private",
	} {
		if n >= len(lines) || !strings.Contains(lines[n], words) {
			t.Errorf("line %d is not %q in\n%s", n, words, j.String())
		}
	}
	if len(lines) != 4 || strings.Contains(j.String(), encode(secret)) {
		t.Errorf("the log is\n%s", j.String())
	}
}

// Some issuers have a secret in the address.
func TestTheLogHoldsNoAddress(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	var j journal
	verifier(t, j.option, func(o *auth.Options) { o.JWKSURL, o.Now = closed.URL+"/keys?code=hunter2", time.Now })
	j.await(t)
	if text := j.String(); !strings.Contains(text, "keys not read") || strings.Contains(text, "hunter2") {
		t.Errorf("the log is\n%s", text)
	}
}
