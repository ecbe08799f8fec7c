package handlers_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// journal is a log that can be read back.
type journal struct{ testkit.Buffer }

// keep has the API write its log to the journal, as much as it has to say.
func (j *journal) keep(o *handlers.Options) {
	o.Log = slog.New(slog.NewJSONHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// lines are those with the message, without the time.
func (j *journal) lines(t testing.TB, message string) (lines []object) {
	t.Helper()
	for line := range strings.Lines(j.String()) {
		var o object
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		if o["msg"] == message {
			delete(o, "time")
			lines = append(lines, o)
		}
	}
	return lines
}

func withAudit(o *handlers.Options) { o.Audit = o.Log }

var ana = object{"issuer": "https://login.example.com", "subject": "ana", "client": "portal", "scopes": "usage:read"}

// audited is an audit line with its specific members.
func audited(own object) object {
	line := object{"level": "INFO", "msg": "audit", "request_id": "one", "caller": ana, "path": "/v1/azure/usages", "cache": "none"}
	for name, value := range own {
		line[name] = value
	}
	return line
}

var (
	june   = object{"start_time": "2025-06-01", "end_time": "2025-06-30", "invoice_type": "1", "catalog": []any{"consumption", "marketplace"}}
	asJune = func(own object) object {
		for name, value := range june {
			own[name] = value
		}
		return own
	}
)

// Every request of a caller has one line: the caller, the query for Rocket, and the outcome.
func TestAudit(t *testing.T) {
	subscriptions := asJune(object{"customer_id": "c-1", "view": "subscriptions", "cost": "customers"})
	for name, c := range map[string]struct {
		target string
		header []string
		want   object
	}{
		"a miss":           {usages, nil, audited(object{"question": subscriptions, "cache": "miss", "status": 200.})},
		"not modified":     {usages, []string{"If-None-Match", "*"}, audited(object{"question": subscriptions, "cache": "miss", "status": 304.})},
		"nothing cached":   {usages, []string{"Cache-Control", "only-if-cached"}, audited(object{"question": subscriptions, "status": 504.})},
		"a bad parameter":  {usages + "&x=1", nil, audited(object{"status": 400.})},
		"out of reach":     {usages + "&customer_id=c-9", nil, audited(object{"question": asJune(object{"customer_id": "c-9"}), "status": 403.})},
		"me":               {"/v1/me", nil, audited(object{"path": "/v1/me", "status": 200.})},
		"unknown provider": {"/v1/oracle/usages", nil, audited(object{"path": "/v1/{provider}/usages", "status": 404.})},
	} {
		t.Run(name, func(t *testing.T) {
			var log journal
			a := newAPI(t, log.keep, withAudit, withTokens(t))
			a.person("ana", customers("c-1")).get(c.target, append(c.header, "X-Request-Id", "one")...)
			if diff := cmp.Diff([]object{c.want}, log.lines(t, "audit")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAuditOfAHit(t *testing.T) {
	var log journal
	a := newAPI(t, log.keep, withAudit, withTokens(t))
	caller := a.person("ana", customers("c-1"))
	caller.get(usages)
	caller.do(http.MethodHead, usages)
	lines := log.lines(t, "audit")
	if len(lines) != 2 || lines[1]["cache"] != "hit-memory" || lines[1]["status"] != 200. {
		t.Errorf("%v", lines)
	}
}

// A caller that is refused for the scope of its token has a line; a request without a valid token has none.
func TestAuditOfRefusals(t *testing.T) {
	var log journal
	a := newAPI(t, log.keep, withAudit, withTokens(t), withRate(t, "1/1h"))
	purger := person{a, sign(t, with(claimsOf("ana"), jwt.MapClaims{"scope": "cache:purge"}))}
	purger.get(usages, "X-Request-Id", "one")
	a.get(usages)
	a.get("/docs/")
	who := with(ana, object{"scopes": "cache:purge"})
	if diff := cmp.Diff([]object{audited(object{"caller": object(who), "status": 403.})}, log.lines(t, "audit")); diff != "" {
		t.Error(diff)
	}
	caller := a.person("bia", customers("c-1"))
	caller.get(usages)
	caller.get(usages)
	if lines := log.lines(t, "audit"); len(lines) != 3 || lines[2]["status"] != 429. {
		t.Errorf("beyond the limit: %v", lines)
	}
}

// A request has its line also if its caller hung up.
func TestAuditOfACallerThatLeft(t *testing.T) {
	var log journal
	a := newAPI(t, log.keep, withAudit, withTokens(t))
	caller := a.person("ana", customers("c-1"))
	caller.get(usages) // a known token is not verified again
	waiting := make(chan struct{})
	defer close(waiting)
	a.rocket = func(*query.Query) ([]byte, error) { <-waiting; return []byte(`[]`), nil }
	ctx, leave := context.WithCancel(t.Context())
	leave()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/azure/by-day", nil)
	r.Header.Set("Authorization", "Bearer "+caller.token)
	a.handler.ServeHTTP(httptest.NewRecorder(), r)
	if lines := log.lines(t, "audit"); len(lines) != 2 || lines[1]["status"] != 499. {
		t.Errorf("%v", lines)
	}
}

func TestAuditIsOff(t *testing.T) {
	for name, change := range map[string][]func(*handlers.Options){
		"AUDIT_LOG=off":  {withTokens(t)},
		"AUTH_MODE=none": {withAudit},
	} {
		var log journal
		a := newAPI(t, append([]func(*handlers.Options){log.keep}, change...)...)
		a.person("ana", customers("c-1")).get(usages)
		if lines := log.lines(t, "audit"); len(lines) > 0 || len(log.lines(t, "request")) != 1 {
			t.Errorf("%s: %s", name, log.String())
		}
	}
}

// However much is logged, and whatever goes wrong: no token, wherever it came.
func TestNoTokenIsLogged(t *testing.T) {
	var log journal
	a := newAPI(t, log.keep, withAudit, withTokens(t), withQuota(t, "2/1h"))
	good := sign(t, claimsOf("ana", customers("c-1")))
	expired := sign(t, with(claimsOf("ana"), jwt.MapClaims{"exp": 1}))
	for _, token := range []string{good, expired, good + "x", good[:200]} {
		p := person{a, token}
		p.get(usages)
		p.get(usages)
		p.get(usages + "&access_token=" + token)
		p.get("/v1/azure/by-day?customer_id=" + token)
		p.get("/v1/azure/"+token, "X-Request-Id", token, "Cookie", token)
		p.get("/v1/" + token + "/usages")
		a.get(usages, "Authorization", "Basic "+token)
	}
	a.fails(&fault.Error{Kind: fault.UpstreamError, Status: 500})
	person{a, good}.get("/v1/azure/by-day")
	if n := len(log.lines(t, "request")); n != 29 {
		t.Errorf("%d requests in the log, want 29", n)
	}
	if text := log.String(); strings.Contains(text, "eyJhbGciOi") { // as every JWT begins
		t.Errorf("the log has a token:\n%s", text)
	}
}
