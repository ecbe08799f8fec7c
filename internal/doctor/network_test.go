package doctor_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/doctor"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// serveTLS runs a Rocket whose certificate is its own root, and returns its base URL and the file of that root.
func serveTLS(t *testing.T, rocket http.Handler, expires time.Time) (base, root string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-365 * 24 * time.Hour), NotAfter: expires,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(rocket)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // broken handshakes are meant
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	root = filepath.Join(t.TempDir(), "root.pem")
	if err := os.WriteFile(root, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return server.URL + "/rocketsvc", root
}

func trusting(root string) func(*upstream.Options, *upstream.TransportOptions) {
	return func(_ *upstream.Options, l *upstream.TransportOptions) { l.CAFile = root }
}

func TestTLS(t *testing.T) {
	year := time.Now().Add(365 * 24 * time.Hour)
	base, root := serveTLS(t, sim(func(o *rocketsim.Options) { o.Customers = 1 }), year)
	o := options(t, base, trusting(root))
	findings := examine(t, o)
	wantFinding(t, findings["TLS"], doctor.OK, "TLS 1.3; the certificate is valid until "+year.UTC().Format(time.DateOnly), "")
	want(t, findings, doctor.Failed)

	findings = examine(t, options(t, base))
	want(t, findings, doctor.Failed, "TLS")
	wantFinding(t, findings["TLS"], doctor.Failed, "certificate signed by unknown authority",
		"name the root that has signed it in ROCKET_CA_FILE")
	wantFinding(t, findings["login"], doctor.Skipped, "needs TLS", "")

	_, other := serveTLS(t, http.NotFoundHandler(), year)
	wantFinding(t, examine(t, options(t, base, trusting(other)))["TLS"], doctor.Failed, "certificate", "to the file of ROCKET_CA_FILE")

	elsewhere := options(t, strings.Replace(base, "127.0.0.1", "localhost", 1), trusting(root))
	elsewhere.LookupNetIP = names{"localhost": "127.0.0.1"}.LookupNetIP
	wantFinding(t, examine(t, elsewhere)["TLS"], doctor.Failed, "certificate", "the certificate is for another host")
}

func TestCertificatesThatExpire(t *testing.T) {
	soon, expired := time.Now().Add(10*24*time.Hour+time.Hour), time.Now().Add(-time.Hour)
	base, root := serveTLS(t, http.NotFoundHandler(), soon)
	o := options(t, base, trusting(root))
	o.Now = time.Now
	wantFinding(t, examine(t, o)["TLS"], doctor.Warning, ", 10 days from now", "renewed")
	base, root = serveTLS(t, http.NotFoundHandler(), expired)
	wantFinding(t, examine(t, options(t, base, trusting(root)))["TLS"], doctor.Failed, "expired", "renewed")
}

func TestPlainServerBehindHTTPS(t *testing.T) {
	base := strings.Replace(serve(t, sim()), "http://", "https://", 1)
	wantFinding(t, examine(t, options(t, base))["TLS"], doctor.Failed, "does not look like a TLS handshake", "scheme or port in ROCKET_URL")
}

func TestPlainHTTPThatOthersCanRead(t *testing.T) {
	o := options(t, "http://rocket.test")
	o.LookupNetIP = names{"rocket.test": "192.0.2.1"}.LookupNetIP
	o.Rocket.Transport.Timeout = time.Millisecond
	findings := examine(t, o)
	wantFinding(t, findings["DNS"], doctor.OK, "rocket.test has 1 address", "")
	wantFinding(t, findings["TLS"], doctor.Warning, "cross the network unencrypted", "have ROCKET_URL begin with https")
}

func TestNameThatIsNotFound(t *testing.T) {
	findings := examine(t, options(t, "https://rocket.test"))
	want(t, findings, doctor.Failed, "DNS")
	wantFinding(t, findings["DNS"], doctor.Failed, "rocket.test is not found", "correct the host in ROCKET_URL")
	want(t, findings, doctor.Skipped, "TLS", "login", "clock", "account", "queries", "assumptions", "Redis", "issuer's keys",
		"login on the docs page")
}

func TestRocketThatCannotBeReached(t *testing.T) {
	server := httptest.NewServer(sim())
	server.Close()
	findings := examine(t, options(t, server.URL))
	want(t, findings, doctor.Failed, "login")
	wantFinding(t, findings["login"], doctor.Failed, "connection refused", "look at ROCKET_URL")
	secure := examine(t, options(t, strings.Replace(server.URL, "http:", "https:", 1)))
	wantFinding(t, secure["TLS"], doctor.Failed, "connection refused", "look at ROCKET_URL")
}

// The deprecated login may be on another host, which has to be reached too.
func TestLoginOfAnotherHost(t *testing.T) {
	rocket := sim()
	oauth := func(at string) func(*upstream.Options, *upstream.TransportOptions) {
		return func(c *upstream.Options, _ *upstream.TransportOptions) {
			c.Account.OAuth = &url.URL{Scheme: "http", Host: at, Path: "/api/v1"}
		}
	}
	base := serve(t, rocket)
	findings := examine(t, options(t, base, oauth(address(t, serve(t, rocket)).Host)))
	want(t, findings, doctor.Failed)
	wantFinding(t, findings["login"], doctor.Warning, "oauth_v1", "ROCKET_AUTH=login")
	wantFinding(t, findings["TLS of ROCKET_OAUTH_URL"], doctor.Skipped, "plain http", "")

	findings = examine(t, options(t, base, oauth("login.test")))
	want(t, findings, doctor.Failed, "DNS of ROCKET_OAUTH_URL")
	wantFinding(t, findings["login"], doctor.Skipped, "needs TLS of ROCKET_OAUTH_URL", "")

	findings = examine(t, options(t, base, oauth(address(t, serve(t, http.NotFoundHandler())).Host)))
	wantFinding(t, findings["login"], doctor.Failed, "404", "correct ROCKET_OAUTH_URL")
}
