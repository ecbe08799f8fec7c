package doctor_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/doctor"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

func TestLoginsThatFail(t *testing.T) {
	respond := func(status int, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
	for name, tt := range map[string]struct {
		rocket         http.Handler
		detail, advice string
	}{
		"refused":      {respond(401, ""), "status 401", "ROCKET_USERNAME and ROCKET_PASSWORD"},
		"forbidden":    {respond(403, ""), "not allow", "have the account unlocked"},
		"not there":    {respond(404, ""), "404", "correct ROCKET_URL"},
		"not modified": {respond(304, ""), "304 (Not Modified)", "proxies on the way"},
		"expired":      {respond(200, `{"token":"t","expiresAt":1}`), "has expired", "tell Rocket's operator"},
		"moved":        {respond(302, ""), "redirect", "correct ROCKET_URL"},
		"a page":       {respond(200, "<html></html>"), "not the JSON", "whether ROCKET_URL leads to Rocket"},
		"no token":     {respond(200, "{}"), "no token", "whether ROCKET_URL leads to Rocket"},
		"too many":     {respond(429, ""), "fewer requests", "try again"},
		"it is broken": {respond(500, ""), "500", "try again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // a 429 is tried again after a second
			findings := examine(t, options(t, serve(t, tt.rocket)))
			want(t, findings, doctor.Failed, "login")
			wantFinding(t, findings["login"], doctor.Failed, tt.detail, tt.advice)
			wantFinding(t, findings["queries"], doctor.Skipped, "needs login", "")
		})
	}
}

func TestWrongPassword(t *testing.T) {
	o := options(t, serve(t, sim()), func(c *upstream.Options, _ *upstream.TransportOptions) { c.Account.Password = "wrong" })
	findings := examine(t, o)
	want(t, findings, doctor.Failed, "login")
	wantFinding(t, findings["login"], doctor.Failed, "status 401", "correct ROCKET_USERNAME and ROCKET_PASSWORD")
}

// loggingIn returns a Rocket that issues a token with these claims, at its own time.
func loggingIn(claims string, date time.Time) http.Handler {
	part := base64.RawURLEncoding.EncodeToString
	token := part([]byte(`{"alg":"HS256"}`)) + "." + part([]byte(claims)) + ".AAAA"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		if !date.IsZero() {
			w.Header().Set("Date", date.UTC().Format(http.TimeFormat))
		}
		if !strings.HasSuffix(r.URL.Path, "/auth/login") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"token": token, "expiresAt": now.Add(24 * time.Hour).Unix()})
	})
}

func issued(at time.Time) string {
	return fmt.Sprintf(`{"iat":%d,"exp":%d}`, at.Unix(), at.Add(24*time.Hour).Unix())
}

func TestClock(t *testing.T) {
	for name, tt := range map[string]struct {
		claims  string
		date    time.Time
		outcome doctor.Outcome
		detail  string
	}{
		"right":             {issued(now), now, doctor.OK, "within 5s"},
		"nearly":            {issued(now), now.Add(-5 * time.Second), doctor.OK, "within 5s"},
		"ahead":             {issued(now), now.Add(time.Hour), doctor.Warning, "Rocket's is 1h0m1s ahead of this machine's"},
		"behind":            {issued(now), now.Add(-10 * time.Second), doctor.Warning, "Rocket's is 10s behind this machine's"},
		"the token's alone": {issued(now.Add(-time.Minute)), time.Time{}, doctor.Warning, "1m0s behind"},
		"the token's too":   {issued(now.Add(time.Minute)), now, doctor.Warning, "1m1s ahead"},
		"not reported":      {`{}`, time.Time{}, doctor.Skipped, "does not report"},
	} {
		t.Run(name, func(t *testing.T) {
			findings := examine(t, options(t, serve(t, loggingIn(tt.claims, tt.date))))
			if f := findings["clock"]; f.Outcome != tt.outcome || !strings.Contains(f.Detail, tt.detail) {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestAccount(t *testing.T) {
	const all = "azure: usages|aws: usages|gcp: usages"
	for claims, tt := range map[string]struct {
		outcome         doctor.Outcome
		detail, queried string
	}{
		`{}`:               {doctor.Skipped, "names no profiles; all providers are queried", all},
		`{"profiles":"x"}`: {doctor.Skipped, "names no profiles", all},
		`{"profiles":[{"provider":"azure/licenses","resources":["br"]}]}`: {doctor.Warning, "azure/licenses (1); none of a provider", all},
		`{"profiles":[{"provider":"gcp","resource_type":"resellers","resources":["1","2"]}]}`: {
			doctor.OK, "gcp resellers (2); not azure, aws", "gcp: usages",
		},
		`{"profiles":[{"provider":"aws","resource_type":"customers","resources":["1"]},{"provider":"aws","resource_type":"customers"},
		  {"provider":"\u001b[2J"}]}`: {doctor.OK, "aws customers (1), ? (0); not azure, gcp", "aws: usages"},
		many(): {doctor.Warning, "kind-a (1), kind-b (1), kind-c (1), kind-d (1), kind-e (1), kind-f (1), kind-g (1), kind-h (1), " +
			"kind-i (1), kind-j (1), kind-k (1), kind-l (1), 3 more", all},
	} {
		findings := examine(t, options(t, serve(t, loggingIn(claims, now))))
		wantFinding(t, findings["account"], tt.outcome, tt.detail, "")
		for name := range strings.SplitSeq(all, "|") {
			if _, queried := findings[name]; queried != strings.Contains(tt.queried, name) {
				t.Errorf("%s: %s was queried: %t", claims, name, queried)
			}
		}
	}
}

// many are profiles of fifteen kinds.
func many() string {
	var all []string
	for i := range 15 {
		all = append(all, fmt.Sprintf(`{"provider":"kind-%c","resources":["secret"]}`, 'a'+i))
	}
	return `{"profiles":[` + strings.Join(all, ",") + `]}`
}
