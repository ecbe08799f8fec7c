package testkit

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Promtool returns the path of Prometheus's tool for its files.
func Promtool(t testing.TB) string {
	t.Helper()
	return need(t, "promtool", "promtool")
}

// StartPrometheus runs a real Prometheus on loopback until the end of the test, with a configuration and features to enable. It
// returns the server's URL when the server is ready.
func StartPrometheus(t testing.TB, configuration string, features ...string) (url string) {
	t.Helper()
	directory := t.TempDir()
	file := filepath.Join(directory, "prometheus.yml")
	must(t, os.WriteFile(file, []byte(configuration), 0o600))
	s := startServer(t, need(t, "prometheus", "prometheus"), prometheusReady, func(address string) []string {
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
