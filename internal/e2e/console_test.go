package e2e_test

import (
	"html"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// The console shows what callers got, and, a reload later, that Redis is unavailable.
func TestConsole(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	store := testkit.StartRedis(t)
	g := serve(t, rocket, "REDIS_URL="+store.URL())
	get(t, g.api+usagesPath).want(t, 200, "fwd=miss; fwd-status=200; stored")
	get(t, g.api+usagesPath).want(t, 200, "hit; ttl=")
	shown := func() string { return html.UnescapeString(get(t, g.admin+"/").body) }
	page := ""
	testkit.Until(t, "both requests are counted", func() bool {
		page = shown()
		return strings.Contains(page, "1 of 2 responses")
	})
	for _, part := range []string{
		"No problem</h2>", "1 saved, 1 sent", `<th scope="row">hit-memory</th><td>1</td><td>50.0` + "\u00a0" + `%</td>`,
		`<th scope="row">default</th><td>closed</td><td>0</td><td>in `, "<td>replies</td>", "Version (test).", "Started ",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %q: %s", part, page)
		}
	}
	store.Kill()
	testkit.Until(t, "the console shows that Redis is unavailable", func() bool {
		get(t, g.api+usagesPath+"&customer_id=c-1") // Redis is looked up for what memory lacks
		return strings.Contains(shown(), "Redis does not reply.")
	})
}
