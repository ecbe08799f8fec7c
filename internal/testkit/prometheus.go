package testkit

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Promtool gives the path of Prometheus's tool for its files.
func Promtool(t testing.TB) string {
	t.Helper()
	return need(t, "promtool", "promtool")
}

// StartPrometheus runs a real Prometheus on a free port of loopback, with a configuration and the features it is to have, ended with
// the test. It gives the server's URL once it is ready.
func StartPrometheus(t testing.TB, configuration string, features ...string) (url string) {
	t.Helper()
	path := need(t, "prometheus", "prometheus")
	address, dir := FreeAddress(t), t.TempDir()
	file := filepath.Join(dir, "prometheus.yml")
	must(t, os.WriteFile(file, []byte(configuration), 0o600))
	args := []string{
		"--config.file=" + file, "--storage.tsdb.path=" + filepath.Join(dir, "data"), "--web.listen-address=" + address, "--log.level=error",
	}
	for _, f := range features {
		args = append(args, "--enable-feature="+f)
	}
	command := exec.Command(path, args...)
	command.Stderr = os.Stderr
	must(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	url = fmt.Sprintf("http://%s", address)
	until(t, "Prometheus", func() bool { return ready(url + "/-/ready") })
	return url
}

func ready(url string) bool {
	client := http.Client{Timeout: time.Second}
	resp, err := client.Get(url)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
