package helm_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// The gateway starts with what the chart renders, and does not warn.
func TestTheGatewayTakesTheEnvironment(t *testing.T) {
	keys := contents(t)
	for name, values := range valueFiles(t) {
		t.Run(name, func(t *testing.T) {
			var environ []string
			variables := environment(t, render(t, values), keys)
			for variable, value := range variables {
				environ = append(environ, variable+"="+value)
			}
			c, err := config.Load(append(environ, "EMEA_PASSWORD=secret"))
			if err != nil {
				t.Fatal(err)
			}
			limit, err := strconv.ParseInt(variables["GOMEMLIMIT"], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			if warnings := append(c.Warnings, c.MemoryWarnings(config.Memory{Go: limit})...); len(warnings) > 0 {
				t.Errorf("it warns: %q", warnings)
			}
		})
	}
}

// Kubernetes lets a pod live for longer than the gateway takes to end.
func TestGracePeriod(t *testing.T) {
	for _, tt := range []struct {
		delay, timeout string
		want           int
	}{
		{"5s", "25s", 35},
		{"0", "1m30s", 95},
		{"1.5s", "500ms", 8},
		{"0s", "1h", 3605},
	} {
		values := "config: {SHUTDOWN_DELAY: '" + tt.delay + "', SHUTDOWN_TIMEOUT: '" + tt.timeout + "'}"
		deployment := one(t, objects(t, renderWith(t, values)), "Deployment")
		if got := deployment.Spec.Template.Spec.GracePeriod; got != tt.want {
			t.Errorf("SHUTDOWN_DELAY %s, SHUTDOWN_TIMEOUT %s: got %d s, want %d", tt.delay, tt.timeout, got, tt.want)
		}
	}
}

// environment is what the container of a rendering has. The volume's files are laid out as the kubelet would, with contents
// by the keys of their Secrets, and what points to them points there.
func environment(t *testing.T, rendered string, contents map[string]string) map[string]string {
	t.Helper()
	all := objects(t, rendered)
	pod := one(t, all, "Deployment").Spec.Template.Spec
	environment := one(t, all, "ConfigMap").Data
	directory := lay(t, pod.Volumes, contents)
	for _, variable := range pod.Containers[0].Env {
		if variable.Value == "" {
			continue // comes from somewhere else
		}
		environment[variable.Name] = variable.Value
		for _, mount := range pod.Containers[0].VolumeMounts {
			if rest, ok := strings.CutPrefix(variable.Value, mount.MountPath+"/"); ok {
				environment[variable.Name] = filepath.Join(directory, rest)
			}
		}
	}
	return environment
}

func lay(t *testing.T, volumes []volume, contents map[string]string) (directory string) {
	t.Helper()
	directory = t.TempDir()
	for _, v := range volumes {
		for _, source := range v.Projected.Sources {
			for _, object := range source {
				for _, item := range object.Items {
					path := filepath.Join(directory, item.Path)
					if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(path, []byte(contents[item.Key]), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	return directory
}

// contents are those of the Secrets and ConfigMaps that the value files name, by key.
func contents(t *testing.T) map[string]string {
	t.Helper()
	certificate, key := pair(t)
	return map[string]string{
		"rocket-password":       "secret",
		"redis-url":             "redis://:secret@redis:6379/0",
		"token-encryption-keys": "YSBkZW1vIGtleSB0aGF0IGV2ZXJ5Ym9keSBrbm93cyE=",
		"auth-secret":           strings.Repeat("secret", 8),
		"issuer.pem":            certificate,
		"ca.crt":                certificate,
		"tls.crt":               certificate,
		"tls.key":               key,
		"latam":                 "secret",
		"accounts.yaml": strings.Join([]string{
			"accounts:",
			"  - {name: latam, username: svc-latam, password_file: latam}",
			"  - {name: emea, username: svc-emea, password_env: EMEA_PASSWORD}",
			"rules:",
			"  - {account: latam, providers: [aws]}",
			"default: emea",
		}, "\n"),
	}
}

// pair is a certificate and its key, as PEM.
func pair(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"costs"}}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	armour := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return armour("CERTIFICATE", public), armour("PRIVATE KEY", secret)
}
