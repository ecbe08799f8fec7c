package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

func TestJSONLog(t *testing.T) {
	var b bytes.Buffer
	telemetry.NewLogger(&b, slog.LevelInfo, telemetry.JSON).Info("two\nlines", "route", "/v1/me", "status", 200)
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
	telemetry.NewLogger(&b, slog.LevelInfo, telemetry.Text).Warn("two\nlines", "status", 200)
	if got := b.String(); !strings.HasSuffix(got, ` level=WARN msg="two\nlines" status=200`+"\n") || strings.Count(got, "\n") != 1 {
		t.Errorf("got %q", got)
	}
}

var formats = []telemetry.Format{telemetry.JSON, telemetry.Text, telemetry.Coloured}

func TestLogLevels(t *testing.T) {
	for level, want := range map[slog.Level]string{
		slog.LevelDebug: "debug info warn error",
		slog.LevelInfo:  "info warn error",
		slog.LevelWarn:  "warn error",
		slog.LevelError: "error",
	} {
		for _, format := range formats {
			var b bytes.Buffer
			log := telemetry.NewLogger(&b, level, format)
			if got := written(&b, log); got != want {
				t.Errorf("at %s, format %v: got %q, want %q", level, format, got, want)
			}
		}
	}
}

// Records are written at every level, in the same log and the same form.
func TestRecordsAreAlwaysWritten(t *testing.T) {
	for _, format := range formats {
		var b bytes.Buffer
		log := telemetry.NewLogger(&b, slog.LevelError, format)
		for _, records := range []*slog.Logger{
			telemetry.Always(log), telemetry.Always(log).With("a", 1), telemetry.Always(log).WithGroup("g"),
		} {
			if got := written(&b, records); got != "debug info warn error" {
				t.Errorf("format %v: got %q", format, got)
			}
		}
		if got := written(&b, log); got != "error" {
			t.Errorf("format %v: the log itself wrote %q", format, got)
		}
	}
}

func TestLevelChangesWhileLogging(t *testing.T) {
	var b bytes.Buffer
	var level slog.LevelVar
	log := telemetry.NewLogger(&b, &level, telemetry.JSON).With("a", 1)
	level.Set(slog.LevelDebug)
	if got := written(&b, log); got != "debug info warn error" {
		t.Errorf("got %q", got)
	}
	level.Set(slog.LevelError)
	if got := written(&b, log); got != "error" {
		t.Errorf("got %q", got)
	}
}

// A value from a caller must not reach a terminal as commands, nor begin a line.
func TestTextIsTame(t *testing.T) {
	for _, format := range []telemetry.Format{telemetry.Text, telemetry.Coloured} {
		var b bytes.Buffer
		evil := "x\x1b[2J\ry\nlevel=ERROR\u202e"
		telemetry.NewLogger(&b, slog.LevelInfo, format).Info("m", "subject", evil, "error", errors.New(evil),
			slog.Group("caller", "client", evil))
		_, text, _ := strings.Cut(b.String(), "m")
		if strings.Contains(text, "\x1b[2J") || strings.ContainsAny(text, "\r\u202e") || strings.Count(text, "\n") != 1 {
			t.Errorf("format %v: %q", format, b.String())
		}
	}
}

// written logs a line at every level and returns the words of those that were written.
func written(b *bytes.Buffer, log *slog.Logger) string {
	b.Reset()
	log.Debug("debug")
	log.Info("info")
	log.Warn("warn")
	log.Error("error")
	var words []string
	for line := range strings.Lines(b.String()) {
		for _, word := range []string{"debug", "info", "warn", "error"} {
			if strings.Contains(line, word) {
				words = append(words, word)
			}
		}
	}
	return strings.Join(words, " ")
}
