package e2e_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var pictureFile = flag.String("picture", "", "have TestMonitoring last longer, and write its picture of the dashboard here")

// storyLength is how long the fleet is watched.
func storyLength() time.Duration {
	if *pictureFile != "" {
		return 2*time.Minute + 5*time.Second
	}
	return 8 * time.Second
}

// pictured are the panels of the dashboard that are drawn, in this order.
var pictured = []string{
	"Requests by cache result", "Hit ratio by tier", "Responses and requests to Rocket", "Response time",
	"Stale responses by reason", "Requests to Rocket by status", "Breaker", "Redis commands without a result",
}

const (
	mostPicture = 200 << 10
	points      = 120
)

// wantPicture draws what Prometheus has of the main panels, and checks that it is a picture; where it was asked for, it is kept.
func (w *watched) wantPicture(t *testing.T, d dashboard) {
	var graphs []graph
	for _, title := range pictured {
		testkit.Until(t, "Prometheus has data for "+title, func() bool {
			return len(w.graphOf(t, d.panelTitled(t, title), time.Now()).lines) > 0
		})
	}
	ended := time.Now()
	for _, title := range pictured {
		graphs = append(graphs, w.graphOf(t, d.panelTitled(t, title), ended))
	}
	svg := draw(graphs, w.from(), ended, w.disruptions)
	if err := wellFormed(svg); err != nil || len(svg) > mostPicture {
		t.Errorf("%d bytes, %v", len(svg), err)
	}
	for _, g := range graphs {
		if len(g.lines) == 0 || !strings.Contains(svg, ">"+g.title+"<") {
			t.Errorf("%q has %d lines", g.title, len(g.lines))
		}
	}
	if *pictureFile != "" {
		if err := os.WriteFile(*pictureFile, []byte(svg), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// from is the first instant that rates look back from at nothing but the story.
func (w *watched) from() time.Time { return w.begun.Add(5 * time.Second) }

func wellFormed(text string) error {
	for decoder := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// graphOf returns what a panel shows until an instant.
func (w *watched) graphOf(t *testing.T, p panel, ended time.Time) graph {
	t.Helper()
	g := graph{title: p.Title, unit: p.FieldConfig.Defaults.Unit, stacked: p.FieldConfig.Defaults.Custom.Stacking.Mode == "normal"}
	for _, target := range p.Targets {
		for _, s := range w.classic.over(t, target.asked(rateWindow), w.from(), ended, points) {
			g.lines = append(g.lines, line{target.legend(s.Metric), s.Values})
		}
	}
	return g
}

// legend names a series as Grafana does.
func (g target) legend(labels map[string]string) string {
	name := g.LegendFormat
	for label, value := range labels {
		name = strings.ReplaceAll(name, fmt.Sprintf("{{%s}}", label), value)
	}
	return name
}
