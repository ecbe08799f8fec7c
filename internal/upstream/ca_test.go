package upstream_test

import (
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// startTLS runs a rocket whose certificate no system trusts.
func startTLS(t *testing.T, data response, http2 bool) *rocket {
	t.Helper()
	r := prepare(nil, data)
	r.EnableHTTP2 = http2
	r.StartTLS()
	t.Cleanup(r.Close)
	return r
}

func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func certificate(r *rocket) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate().Raw}))
}

func TestCAFileMakesAServerTrusted(t *testing.T) {
	for protocol, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		t.Run(protocol, func(t *testing.T) {
			var spoken atomic.Value
			r := startTLS(t, func(w http.ResponseWriter, r *http.Request, n int) {
				spoken.Store(r.Proto)
				returns("[]")(w, r, n)
			}, http2)
			o := options(t, r.URL)
			o.CAFile = file(t, "# our own root\n"+certificate(r))
			mustFetch(t, connect(t, o))
			if spoken.Load() != protocol {
				t.Errorf("spoke %v", spoken.Load())
			}
		})
	}
}

func TestUnknownCertificateIsRefused(t *testing.T) {
	r := startTLS(t, returns("[]"), false)
	_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
	e := wantFault(t, err, fault.UpstreamError, 0)
	if !strings.Contains(e.Error(), "certificate") {
		t.Errorf("the log does not say why: %v", e)
	}
	r.wantCounts(t, 0, 0)
}

// The certificate is good for 127.0.0.1 and example.com, not for localhost.
func TestTrustedCertificateOfAnotherHostIsRefused(t *testing.T) {
	r := startTLS(t, returns("[]"), false)
	o := options(t, strings.Replace(r.URL, "127.0.0.1", "localhost", 1))
	o.CAFile = file(t, certificate(r))
	_, err := fetch(t, connect(t, o), usages(t))
	wantFault(t, err, fault.UpstreamError, 0)
	r.wantCounts(t, 0, 0)
}

func TestBadCAFile(t *testing.T) {
	const key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
	tests := map[string]struct{ path, want string }{
		"missing":           {filepath.Join(t.TempDir(), "none.pem"), "none.pem"},
		"a folder":          {t.TempDir(), "cannot be read"},
		"empty":             {file(t, ""), "no PEM certificate"},
		"no PEM":            {file(t, "hello"), "no PEM certificate"},
		"no certificate":    {file(t, key), "no PEM certificate"},
		"broken":            {file(t, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "no PEM certificate"},
		"cut off in middle": {file(t, "-----BEGIN CERTIFICATE-----\nAAAA\n"), "no PEM certificate"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := options(t, "https://rocket.test")
			o.CAFile = test.path
			_, err := upstream.NewTransport(o.TransportOptions)
			if err == nil || !strings.HasPrefix(err.Error(), "ROCKET_CA_FILE: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}
