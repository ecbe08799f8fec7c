package upstream_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

const secretToken = "eyJhbGciOi.c2VjcmV0.c2lnbmF0dXJl"

// secretLogin hands out the token that no message may show.
func secretLogin(w http.ResponseWriter, _ *http.Request, _ int) {
	sendJSON(w, map[string]any{"token": secretToken, "expiresAt": time.Now().Add(time.Hour).Unix()})
}

// echo returns all that must not be passed on, in the body and in each header that the client reads.
func echo(status int, contentType string) response {
	return func(w http.ResponseWriter, r *http.Request, _ int) {
		all := strings.Join([]string{r.Host, username, password, secretToken}, " ")
		for _, name := range []string{"Location", "Retry-After", "WWW-Authenticate", "Warning"} {
			w.Header().Set(name, "http://[x "+all)
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "{%q}", all)
	}
}

// leaks are responses that fail, each made to show up in the message.
func leaks() map[string]response {
	all := username + " " + password + " " + secretToken
	quoted, _ := json.Marshal(all)
	found := map[string]response{
		"broken JSON":    returns(`[` + string(quoted)),
		"object":         returns(`{"error":` + string(quoted) + `}`),
		"text":           returns(string(quoted)),
		"odd type":       echo(200, all),
		"HTML":           echo(200, "text/html"),
		"hang-up":        hangUpAfter(1000, string(quoted)),
		"not HTTP":       raw(all + "\r\n\r\n"),
		"odd version":    raw("HTTP/" + secretToken + " 200 OK\r\n\r\n"),
		"odd status":     raw("HTTP/1.1 " + secretToken + " OK\r\n\r\n"),
		"odd header":     raw("HTTP/1.1 200 OK\r\n" + all + "\r\n\r\n"),
		"header":         raw("HTTP/1.1 200 OK\r\n" + secretToken + " x: y\r\n\r\n"),
		"odd length":     raw("HTTP/1.1 200 OK\r\nContent-Length: " + secretToken + "\r\n\r\n"),
		"two lengths":    raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: " + secretToken + "\r\n\r\n"),
		"odd transfer":   raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + secretToken + "\r\n\r\n"),
		"odd chunk size": raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + secretToken + "\r\n"),
		"odd encoding":   raw("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + all),
	}
	for _, status := range []int{201, 302, 307, 400, 401, 403, 404, 422, 429, 500, 503} {
		found[fmt.Sprint(status)] = echo(status, "text/html")
	}
	return found
}

// wantDiscreet checks what callers and what the log may read.
func wantDiscreet(t *testing.T, err error, server string) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a fault", err)
	}
	host := address(t, server).Host
	for _, word := range []string{host, "127.0.0.1", username, "svc.reports", password, "p4ss", secretToken, "c2VjcmV0"} {
		if strings.Contains(e.Detail, word) {
			t.Errorf("callers may read %q in %q", word, e.Detail)
		}
	}
	for _, word := range []string{password, "p4ss", secretToken, "c2VjcmV0"} {
		if strings.Contains(err.Error(), word) {
			t.Errorf("the log has %q in %q", word, err)
		}
	}
}

func TestFailedQueriesShowNoSecrets(t *testing.T) {
	t.Parallel()
	for name, reply := range leaks() {
		t.Run(name, func(t *testing.T) {
			r := start(t, secretLogin, reply)
			_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
			wantDiscreet(t, err, r.URL)
		})
	}
}

func TestFailedLoginsShowNoSecrets(t *testing.T) {
	t.Parallel()
	for name, reply := range leaks() {
		t.Run(name, func(t *testing.T) {
			r := start(t, reply, returns("[]"))
			for _, o := range []settings{options(t, r.URL), oauthOptions(t, r.URL)} {
				_, err := fetch(t, connect(t, o), usages(t))
				wantDiscreet(t, err, r.URL)
			}
		})
	}
}

// A token is sent in a header; one that cannot be must not be quoted on that account.
func TestTokenThatFitsNoHeaderIsNotShown(t *testing.T) {
	r := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		sendJSON(w, map[string]any{"token": secretToken + "\r\nX: y", "expiresAt": time.Now().Add(time.Hour).Unix()})
	}, returns("[]"))
	_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
	wantDiscreet(t, err, r.URL)
}

func TestBrokenNetworkShowsNoSecrets(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	untrusted := httptest.NewTLSServer(nil)
	untrusted.Config.ErrorLog = prepare(nil, nil).Config.ErrorLog
	defer untrusted.Close()
	noHTTP := strings.Replace(untrusted.URL, "https", "http", 1)
	for name, server := range map[string]string{"closed": closed.URL, "untrusted": untrusted.URL, "TLS": noHTTP} {
		t.Run(name, func(t *testing.T) {
			withSecret := strings.Replace(server, "://", "://someone:p4ss@", 1)
			for _, o := range []settings{options(t, server), oauthOptions(t, server), options(t, withSecret)} {
				_, err := fetch(t, connect(t, o), usages(t))
				wantDiscreet(t, err, server)
			}
		})
	}
}

func TestAccountsAreNotPrinted(t *testing.T) {
	testkit.WantMasked(t, "account", options(t, "http://127.0.0.1").Account, password)
}
