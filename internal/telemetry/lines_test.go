package telemetry_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// A held line is written a tenth of a second later, together with those that came meanwhile.
func TestHeldLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out testkit.Buffer
		log := telemetry.Held(telemetry.NewLogger(&out, slog.LevelInfo, telemetry.JSON))
		log.Info("one")
		time.Sleep(99 * time.Millisecond)
		log.With("a", 1).Info("two")
		log.WithGroup("g").Info("three")
		if out.String() != "" {
			t.Errorf("written at once: %s", out.String())
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if got := messages(out.String()); got != "one two three" {
			t.Errorf("got %q", got)
		}
		log.Info("four")
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if got := messages(out.String()); got != "one two three four" {
			t.Errorf("got %q", got)
		}
	})
}

// Any other line of the log is written at once, behind those that were held before it.
func TestOtherLinesDoNotWait(t *testing.T) {
	var out testkit.Buffer
	log := telemetry.NewLogger(&out, slog.LevelInfo, telemetry.JSON)
	held := telemetry.Always(telemetry.Held(log))
	held.Info("held")
	log.With("a", 1).Warn("now")
	if got := messages(out.String()); got != "held now" {
		t.Errorf("got %q", got)
	}
}

// A flood is written whenever there are 64 KiB of it: no more is ever held.
func TestHeldLinesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out testkit.Buffer
		log := telemetry.Held(telemetry.NewLogger(&out, slog.LevelInfo, telemetry.JSON))
		const lines, size = 1000, 1000
		for range lines {
			log.Info(strings.Repeat("x", size))
		}
		if held := lines*size - len(out.String()); held > 64<<10 {
			t.Errorf("%d bytes are held", held)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := strings.Count(out.String(), "\n"); n != lines {
			t.Errorf("%d lines, want %d", n, lines)
		}
	})
}

// Once a process ends, nothing is held any more.
func TestStopHolding(t *testing.T) {
	var out testkit.Buffer
	log := telemetry.NewLogger(&out, slog.LevelInfo, telemetry.JSON)
	held := telemetry.Held(log).With("a", 1)
	held.Info("one")
	telemetry.StopHolding(log)
	if got := messages(out.String()); got != "one" {
		t.Errorf("got %q", got)
	}
	held.Info("two")
	if got := messages(out.String()); got != "one two" {
		t.Errorf("got %q", got)
	}
}

// Lines of many goroutines stay whole, and none is lost.
func TestHeldLinesOfManyGoroutines(t *testing.T) {
	var out testkit.Buffer
	log := telemetry.NewLogger(&out, slog.LevelInfo, telemetry.Text)
	held := telemetry.Held(log)
	const goroutines, each = 8, 500
	var running sync.WaitGroup
	for g := range goroutines {
		running.Go(func() {
			for i := range each {
				held.Info(fmt.Sprintf("%d-%d", g, i))
				if i%100 == 0 {
					log.Info("other")
				}
			}
		})
	}
	running.Wait()
	telemetry.StopHolding(log)
	seen := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		_, message, _ := strings.Cut(strings.TrimSpace(line), "msg=")
		seen[message] = true
	}
	if len(seen) != goroutines*each+1 || strings.Count(out.String(), "\n") != goroutines*(each+each/100) {
		t.Errorf("%d different lines", len(seen))
	}
}

// The lines are slog's, byte for byte.
func TestLinesAreThoseOfSlog(t *testing.T) {
	for format, reference := range map[telemetry.Format]func(io.Writer, *slog.HandlerOptions) slog.Handler{
		telemetry.JSON: func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewJSONHandler(w, o) },
		telemetry.Text: func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewTextHandler(w, o) },
	} {
		var got, want bytes.Buffer
		log := telemetry.NewLogger(&got, slog.LevelInfo, format)
		for _, h := range []slog.Handler{telemetry.Always(telemetry.Held(log)).Handler(), reference(&want, nil)} {
			record := slog.NewRecord(time.Date(2025, 6, 18, 12, 0, 0, 123456789, time.UTC), slog.LevelInfo, "audit", 0)
			record.AddAttrs(slog.String("request_id", "o\"n<e>\n\u2028"), slog.Int("status", 200), slog.Float64("took_ms", 0.125))
			for _, h := range []slog.Handler{h, h.WithAttrs([]slog.Attr{slog.Group("caller", "subject", "ana")}), h.WithGroup("g")} {
				if err := h.Handle(context.Background(), record); err != nil {
					t.Fatal(err)
				}
			}
		}
		telemetry.StopHolding(log)
		if got.String() != want.String() || strings.Count(got.String(), "\n") != 3 {
			t.Errorf("format %v:\n%s\nslog:\n%s", format, got.String(), want.String())
		}
	}
}

// messages returns the messages of lines in JSON.
func messages(text string) string {
	var all []string
	for line := range strings.Lines(text) {
		_, message, _ := strings.Cut(line, `"msg":"`)
		message, _, _ = strings.Cut(message, `"`)
		all = append(all, message)
	}
	return strings.Join(all, " ")
}
