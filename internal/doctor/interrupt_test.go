package doctor_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/doctor"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// What runs is interrupted, what has run is reported, and nothing else is sent or reported.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	rocket := rocketsim.New(rocketsim.Options{Username: username, Password: password, Customers: 27, Now: frozen})
	o := options(t, serve(t, dated(rocket, now)), oneAtATime)
	o.Progress = func(p doctor.Progress) {
		if strings.Join(p.Running, "") == "azure: indicators" {
			cancel()
		}
	}
	report := doctor.Run(ctx, o)
	if !report.Interrupted || report.Outcome != doctor.OK {
		t.Errorf("the report is %s, interrupted: %v", report.Outcome, report.Interrupted)
	}
	last := report.Checks[len(report.Checks)-4:]
	for i, want := range []string{"azure: usages ok", "azure: indicators skipped interrupted", "aws: usages ok", "gcp: usages ok"} {
		if got := last[i].Name + " " + string(last[i].Outcome) + " " + last[i].Detail; !strings.HasPrefix(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if sent := rocket.Counts().Total(); sent != 3 { // the first query to each provider
		t.Errorf("%d queries were sent", sent)
	}
}

// A Rocket that hangs does not keep the doctor from its end.
func TestInterruptedWhileRocketHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		rocket := hanging{sim()}
		began := time.Now()
		time.AfterFunc(time.Second, cancel)
		report := doctor.Run(ctx, options(t, "http://127.0.0.1/rocketsvc", func(_ *upstream.Options, l *upstream.TransportOptions) {
			l.Timeout = time.Minute
			l.Wrap = func(http.RoundTripper) http.RoundTripper { return rocket }
		}))
		if took := time.Since(began); took != time.Second || !report.Interrupted {
			t.Errorf("it took %s, interrupted: %v", took, report.Interrupted)
		}
	})
}
