package chromium

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// violations runs the rules of axe-core, those of good practice too, and returns a line for each element that breaks one.
const violations = `axe.run().then(({ passes, violations }) => {
  if (!passes.length) throw new Error('no rule applies to the page');
  return violations.flatMap((rule) => rule.nodes.map((node) => rule.id + ': ' + node.target.join(' ')));
})`

// Axe returns the violations of rules of accessibility on the page as it is now, each as "rule: selector of the element", sorted. The
// rules are injected by the browser's debugger, so the page's policy stays as it is.
func (p *Page) Axe(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(testkit.NodePackages(t), "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	Get(t, p, chromedp.Evaluate[any](string(source)+";null"))
	found := Get(t, p, chromedp.Evaluate[[]string](violations, chromedp.EvalAwaitPromise))
	slices.Sort(found)
	return found
}
