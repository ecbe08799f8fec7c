package telemetry_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

func TestJSONLog(t *testing.T) {
	var b bytes.Buffer
	telemetry.NewLogger(&b, slog.LevelInfo, false).Info("two\nlines", "route", "/v1/me", "status", 200)
	if strings.Count(b.String(), "\n") != 1 || !strings.HasSuffix(b.String(), "\n") {
		t.Errorf("not one line: %q", b.String())
	}
	var line struct {
		Time   time.Time
		Level  string
		Msg    string
		Route  string
		Status int
	}
	if err := json.Unmarshal(b.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if line.Time.IsZero() || line.Level != "INFO" || line.Msg != "two\nlines" || line.Route != "/v1/me" || line.Status != 200 {
		t.Errorf("got %+v", line)
	}
}

func TestTextLog(t *testing.T) {
	var b bytes.Buffer
	telemetry.NewLogger(&b, slog.LevelInfo, true).Warn("two\nlines", "status", 200)
	if got := b.String(); !strings.HasSuffix(got, ` level=WARN msg="two\nlines" status=200`+"\n") || strings.Count(got, "\n") != 1 {
		t.Errorf("got %q", got)
	}
}

func TestLogLevels(t *testing.T) {
	for level, want := range map[slog.Level]string{
		slog.LevelDebug: "DEBUG INFO WARN ERROR",
		slog.LevelInfo:  "INFO WARN ERROR",
		slog.LevelWarn:  "WARN ERROR",
		slog.LevelError: "ERROR",
	} {
		for _, text := range []bool{true, false} {
			if got := written(level, text); got != want {
				t.Errorf("at %s, text %v: got %q, want %q", level, text, got, want)
			}
		}
	}
}

// written logs a line at every level and gives the levels of those that came out.
func written(level slog.Leveler, text bool) string {
	var b bytes.Buffer
	log := telemetry.NewLogger(&b, level, text)
	log.Debug("x")
	log.Info("x")
	log.Warn("x")
	log.Error("x")
	var levels []string
	for line := range strings.Lines(b.String()) {
		for _, l := range []string{"DEBUG", "INFO", "WARN", "ERROR"} {
			if strings.Contains(line, l) {
				levels = append(levels, l)
			}
		}
	}
	return strings.Join(levels, " ")
}
