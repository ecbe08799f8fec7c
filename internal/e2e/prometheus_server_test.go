package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// startPrometheus runs a real Prometheus on loopback until the end of the test, with a configuration and features to enable. It
// returns the server's URL when the server is ready.
func startPrometheus(t testing.TB, configuration string, features ...string) (url string) {
	t.Helper()
	directory := t.TempDir()
	file := filepath.Join(directory, "prometheus.yml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	s := testkit.StartServer(t, testkit.Program(t, "prometheus", "prometheus"), prometheusReady, func(address string) []string {
		arguments := []string{
			"--config.file=" + file, "--storage.tsdb.path=" + filepath.Join(directory, "data"),
			"--web.listen-address=" + address, "--log.level=error",
		}
		for _, f := range features {
			arguments = append(arguments, "--enable-feature="+f)
		}
		return arguments
	})
	return "http://" + s.Address
}

func prometheusReady(address string) bool {
	client := http.Client{Timeout: time.Second}
	resp, err := client.Get("http://" + address + "/-/ready")
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
