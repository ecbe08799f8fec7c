package helm_test

import (
	"os"
	"strings"
	"testing"
)

// The example that operators copy is the one that is rendered and checked here.
func TestTheDocumentedExample(t *testing.T) {
	page, err := os.ReadFile("../../docs/kubernetes.md")
	if err != nil {
		t.Fatal(err)
	}
	values, err := os.ReadFile("testdata/values/production.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "```yaml\n"+string(values)+"```\n") {
		t.Error("docs/kubernetes.md has not testdata/values/production.yaml as its example")
	}
}
