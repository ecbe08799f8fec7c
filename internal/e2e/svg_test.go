package e2e_test

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
	"time"
)

// graph is a panel of a picture.
type graph struct {
	title, unit string
	stacked     bool
	lines       []line
}

type line struct {
	name    string
	samples []sample
}

// The sizes of the picture, in its own units.
const (
	columns      = 2
	cellW, cellH = 500.0, 250.0
	left, right  = 54.0, 14.0
	top, bottom  = 30.0, 62.0
	plotW, plotH = cellW - left - right, cellH - top - bottom
	legendRow    = 14.0
	letterW      = 6.2 // of a letter, about
)

// colours differ for colour-blind readers, too (Okabe and Ito).
var colours = []string{"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c8c8c", "#b8a800"}

// draw returns an SVG of the graphs over the time between two instants, with what was wrong meanwhile.
func draw(graphs []graph, from, to time.Time, disruptions []disruption) string {
	rows := (len(graphs) + columns - 1) / columns
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="sans-serif" font-size="11">`+"\n",
		columns*cellW, float64(rows)*cellH)
	b.WriteString(`<rect width="100%" height="100%" fill="#ffffff"/>` + "\n")
	for i, g := range graphs {
		fmt.Fprintf(&b, `<g transform="translate(%g %g)">`+"\n", float64(i%columns)*cellW, float64(i/columns)*cellH)
		plot{&b, from, to, g.ceiling()}.draw(g, disruptions)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// ceiling is a round number that nothing in the graph exceeds.
func (g graph) ceiling() float64 {
	highest, sums := 0.0, map[float64]float64{}
	for _, l := range g.lines {
		for _, s := range l.samples {
			v := s.value
			if g.stacked {
				sums[s.at] += v
				v = sums[s.at]
			}
			if !math.IsNaN(v) {
				highest = max(highest, v)
			}
		}
	}
	if g.unit == "percentunit" {
		return 1
	}
	step := math.Pow(10, math.Floor(math.Log10(max(highest, 1e-3))))
	for _, m := range []float64{1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8} {
		if highest <= m*step {
			return m * step
		}
	}
	return 10 * step
}

// plot draws one graph.
type plot struct {
	*strings.Builder
	from, to time.Time
	most     float64
}

func (p plot) x(at float64) float64 {
	start := float64(p.from.UnixMilli()) / 1000
	return left + plotW*(at-start)/p.to.Sub(p.from).Seconds()
}

func (p plot) y(v float64) float64 { return top + plotH*(1-v/p.most) }

func (p plot) text(x, y float64, anchor, fill, words string) {
	fmt.Fprintf(p, `<text x="%.0f" y="%.0f" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, anchor, fill, html.EscapeString(words))
}

func (p plot) draw(g graph, disruptions []disruption) {
	p.axes(g, disruptions)
	longest := 0
	for _, l := range g.lines {
		longest = max(longest, len(l.name))
	}
	perRow := max(1, int(plotW/(letterW*float64(longest)+26)))
	base := map[float64]float64{}
	for i, l := range g.lines {
		colour := colours[i%len(colours)]
		if g.stacked {
			p.area(l, base, colour)
		} else {
			p.curve(l, colour)
		}
		x, y := left+plotW/float64(perRow)*float64(i%perRow), top+plotH+32+legendRow*float64(i/perRow)
		fmt.Fprintf(p, `<rect x="%.0f" y="%.0f" width="9" height="9" fill="%s"/>`+"\n", x, y-9, colour)
		p.text(x+13, y, "start", "#333333", l.name)
	}
}

// axes are the title, both scales, and bands where something was wrong.
func (p plot) axes(g graph, disruptions []disruption) {
	fmt.Fprintf(p, `<text x="%.0f" y="18" font-size="13" font-weight="bold" fill="#111111">%s</text>`+"\n",
		left, html.EscapeString(g.title))
	for _, t := range disruptions {
		x := p.x(float64(t.from.UnixMilli()) / 1000)
		fmt.Fprintf(p, `<rect x="%.1f" y="%g" width="%.1f" height="%g" fill="#f6dcd8"/>`+"\n",
			x, top, p.x(float64(t.to.UnixMilli())/1000)-x, plotH)
		p.text(x+2, top+10, "start", "#a04030", t.what)
	}
	for i := range 5 {
		v := p.most * float64(i) / 4
		fmt.Fprintf(p, `<path d="M%g %.1fH%g" stroke="#dddddd"/>`+"\n", left, p.y(v), left+plotW)
		p.text(left-5, p.y(v)+4, "end", "#555555", inUnit(v, g.unit))
	}
	whole := p.to.Sub(p.from)
	step := max(time.Second, (whole / 5).Round(10*time.Second))
	for at := time.Duration(0); at <= whole; at += step {
		p.text(left+plotW*at.Seconds()/whole.Seconds(), top+plotH+14, "middle", "#555555", at.String())
	}
}

func (p plot) curve(l line, colour string) {
	var d strings.Builder
	pen := "M"
	for _, s := range l.samples {
		if math.IsNaN(s.value) {
			pen = "M"
			continue
		}
		fmt.Fprintf(&d, "%s%.1f %.1f", pen, p.x(s.at), p.y(s.value))
		pen = "L"
	}
	fmt.Fprintf(p, `<path d="%s" fill="none" stroke="%s" stroke-width="1.5"/>`+"\n", d.String(), colour)
}

// area draws a line on top of those before it, which base adds up.
func (p plot) area(l line, base map[float64]float64, colour string) {
	var above, below []string
	for _, s := range l.samples {
		v := s.value
		if math.IsNaN(v) {
			v = 0
		}
		below = append(below, fmt.Sprintf("%.1f %.1f", p.x(s.at), p.y(base[s.at])))
		base[s.at] += v
		above = append(above, fmt.Sprintf("%.1f %.1f", p.x(s.at), p.y(base[s.at])))
	}
	slices.Reverse(below)
	fmt.Fprintf(p, `<path d="M%s" fill="%s" fill-opacity="0.75"/>`+"\n", strings.Join(append(above, below...), "L"), colour)
}

// inUnit writes a number with a unit of Grafana's.
func inUnit(v float64, unit string) string {
	switch unit {
	case "percentunit":
		return fmt.Sprintf("%.0f %%", 100*v)
	case "s":
		return time.Duration(v * float64(time.Second)).Round(10 * time.Microsecond).String()
	case "reqps", "ops":
		return fmt.Sprintf("%.3g/s", v)
	default:
		return fmt.Sprintf("%.3g", v)
	}
}
