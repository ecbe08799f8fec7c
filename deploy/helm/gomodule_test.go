package helm_test

import (
	"encoding/json"
	"os/exec"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// goModule returns the directory of a module that has data for tests, as in k8s.io/kubernetes@v1.37.2. No module file names it:
// the go command downloads it if its cache has none, and checks it with the checksum database.
func goModule(t testing.TB, module string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", module)
	command.Dir = t.TempDir()
	out, err := command.Output()
	if err != nil {
		testkit.Missing(t, module, "could not be downloaded: "+testkit.Complaint(err))
	}
	var downloaded struct{ Dir string }
	if err := json.Unmarshal(out, &downloaded); err != nil {
		t.Fatal(err)
	}
	return downloaded.Dir
}
