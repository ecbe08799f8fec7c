package doctor_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/doctor"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

var update = flag.Bool("update", false, "write the golden files")

// small is a lax Rocket with one provider.
func small() http.Handler {
	return proxy{request: func(r *request) (int, string) {
		if strings.Contains(r.path, "/azure/") {
			return 0, ""
		}
		return http.StatusForbidden, "{}"
	}}.before(sim(lax))
}

func TestReportAsJSON(t *testing.T) {
	report := doctor.Run(t.Context(), options(t, serve(t, small())))
	var b bytes.Buffer
	if err := report.Write(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.json", b.Bytes())
}

// stepping is a clock that goes on by 8 ms with each look.
func stepping() func() time.Time {
	at := now
	return func() time.Time { at = at.Add(8 * time.Millisecond); return at }
}

func oneAtATime(_ *upstream.Options, l *upstream.TransportOptions) { l.MaxConcurrent = 1 }

func TestReportAsText(t *testing.T) {
	for file, terminal := range map[string]bool{"report.txt": false, "terminal.txt": true} {
		var b bytes.Buffer
		text := doctor.Text{W: &b, Terminal: terminal}
		o := options(t, serve(t, small()), oneAtATime)
		o.Now, o.Progress, o.End = stepping(), text.Progress, text.End
		o.Warnings = []string{"CACHE_FRESH_OPNE is not a setting of the gateway; did you mean CACHE_FRESH_OPEN?"}
		text.Sum(doctor.Run(t.Context(), o), 1234*time.Millisecond)
		golden(t, file, b.Bytes())
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = "testdata/" + name
	if *update {
		if err := os.WriteFile(name, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; -update writes it: %s", name, diff)
	}
}

func TestFaultsAreAllThereIs(t *testing.T) {
	report := doctor.Run(t.Context(), doctor.Options{
		Faults: []string{"ROCKET_TIMEOUT: must be a duration", "AUTH_MODE: must be jwt or none"}, Warnings: []string{"X has no effect"},
		Now: frozen, Progress: func(doctor.Progress) {}, End: func(doctor.Finding) {},
	})
	want := doctor.Report{Outcome: doctor.Failed, Checks: []doctor.Finding{
		{
			Name: "configuration", Outcome: doctor.Failed, Detail: "ROCKET_TIMEOUT: must be a duration",
			Advice: "correct ROCKET_TIMEOUT and run doctor again",
		},
		{
			Name: "configuration", Outcome: doctor.Failed, Detail: "AUTH_MODE: must be jwt or none",
			Advice: "correct AUTH_MODE and run doctor again",
		},
	}}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Error(diff)
	}
}

// What others word stays one line, of a bounded length, and moves no cursor.
func TestFindingsAreLines(t *testing.T) {
	report := doctor.Run(t.Context(), doctor.Options{
		Faults: []string{"X: a\x1b[2J\nb\xff" + strings.Repeat("é", 500)}, Now: frozen, Progress: func(doctor.Progress) {},
		End: func(doctor.Finding) {},
	})
	if got := report.Checks[0].Detail; !strings.HasPrefix(got, "X: a [2J b?é") || len([]rune(got)) != 401 || !strings.HasSuffix(got, "é…") {
		t.Errorf("%q", got)
	}
}

// No report, in any form, has a secret.
func TestReportHasNoSecret(t *testing.T) {
	var mu sync.Mutex
	var secrets []string // guarded by mu
	spy := func(rocket http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			recorder := httptest.NewRecorder()
			rocket.ServeHTTP(recorder, r)
			var reply struct{ Token, RefreshToken string }
			_ = json.Unmarshal(recorder.Body.Bytes(), &reply)
			mu.Lock()
			defer mu.Unlock()
			secrets = append(secrets, reply.Token, reply.RefreshToken)
			for _, id := range regexp.MustCompile(`"(?:id|parent_id|value)":"([^"]{4,})"`).FindAllStringSubmatch(recorder.Body.String(), -1) {
				secrets = append(secrets, id[1])
			}
			for name, values := range recorder.Header() {
				w.Header()[name] = values
			}
			w.WriteHeader(recorder.Code)
			_, _ = w.Write(recorder.Body.Bytes())
		})
	}
	broken := worded(`"resource_type":"resellers"`, `"resource_type":"x\u001b[2J\nFAIL"`)
	for name, rocket := range map[string]http.Handler{"well": sim(), "lax": sim(lax), "broken": broken.before(sim(lax))} {
		mu.Lock()
		secrets = []string{password, "\x1b", "\nFAIL  "}
		mu.Unlock()
		var b bytes.Buffer
		o := options(t, serve(t, spy(rocket)))
		o.Progress = func(p doctor.Progress) { b.WriteString(strings.Join(p.Running, " ")) }
		o.End = func(f doctor.Finding) { b.WriteString(f.Detail + f.Advice) }
		report := doctor.Run(t.Context(), o)
		_ = report.Write(&b)
		mu.Lock()
		seen := secrets
		mu.Unlock()
		if len(seen) < 100 {
			t.Fatalf("%s: only %d secrets were seen", name, len(seen))
		}
		for _, secret := range seen {
			if secret != "" && strings.Contains(b.String(), secret) {
				t.Errorf("%s: %q is in the report", name, secret)
			}
		}
	}
}

// The list in docs/rocket.md has the check of each assumption.
func TestDocsNameEveryAssumption(t *testing.T) {
	docs, err := os.ReadFile("../../docs/rocket.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range assumptions {
		if !strings.Contains(string(docs), "`"+name+"`") {
			t.Errorf("docs/rocket.md has no check %s", name)
		}
	}
}
