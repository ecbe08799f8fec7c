package main

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

const (
	width  = 20 * vg.Centimeter
	height = 10 * vg.Centimeter
)

// palette has a colour for each series; those of the gateway are the darkest in the picture of hits.
var palette = []color.Color{
	color.Gray{0xb0}, color.Gray{0x80}, color.RGBA{0x6b, 0xae, 0xd6, 0xff}, color.RGBA{0x08, 0x51, 0x9c, 0xff}, color.Gray{0xd0},
	color.RGBA{0x74, 0xc4, 0x76, 0xff}, color.RGBA{0x00, 0x6d, 0x2c, 0xff}, color.RGBA{0xfd, 0x8d, 0x3c, 0xff},
}

func (p picture) canvas() *plot.Plot {
	c := plot.New()
	c.BackgroundColor = color.White // also on a dark page
	c.Title.Text, c.X.Label.Text, c.Y.Label.Text = p.title, p.xLabel, p.yLabel
	c.Legend.Top, c.Legend.Left = true, true
	c.Add(plotter.NewGrid())
	return c
}

// bars draws a group for each x, with a bar for each series.
func (p picture) bars(d *data) (*plot.Plot, error) {
	c := p.canvas()
	c.Y.Min = 0
	breadth := width * 0.75 / vg.Length(len(p.columns)*(len(d.series)+1))
	for i, series := range d.series {
		var values plotter.Values
		for _, x := range p.columns {
			base, _ := d.median(p.relativeTo, x)
			value, _ := d.median(series, x)
			if base == 0 {
				base = 1
			}
			values = append(values, value/base)
		}
		bars, err := plotter.NewBarChart(values, breadth)
		if err != nil {
			return nil, err
		}
		bars.Color, bars.LineStyle.Width = palette[i%len(palette)], 0
		bars.Offset = breadth * (vg.Length(i) - vg.Length(len(d.series)-1)/2)
		c.Add(bars)
		c.Legend.Add(series, bars)
	}
	c.NominalX(p.columns...)
	c.Y.Max *= 1.6 // room for the legend
	return c, nil
}

// lines draws a line for each series over numeric x.
func (p picture) lines(d *data) (*plot.Plot, error) {
	c := p.canvas()
	if !p.linear {
		c.X.Scale, c.Y.Scale = plot.LogScale{}, plot.LogScale{}
		c.X.Tick.Marker, c.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	}
	for i, series := range d.series {
		var points plotter.XYs
		for _, x := range d.xs {
			at, err := strconv.ParseFloat(x, 64)
			if err != nil {
				return nil, err
			}
			value, ok := d.median(series, x)
			if !ok || !p.linear && value <= 0 {
				continue
			}
			points = append(points, plotter.XY{X: at, Y: value})
		}
		if len(points) == 0 {
			continue
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return nil, err
		}
		line.Color, line.Width = palette[i%len(palette)], vg.Points(2)
		c.Add(line)
		c.Legend.Add(series, line)
	}
	if !p.linear { // a range of one decade at least has a tick
		c.Y.Min, c.Y.Max = math.Pow(10, math.Floor(math.Log10(c.Y.Min))), math.Pow(10, math.Ceil(math.Log10(c.Y.Max*1.01)))
	}
	return c, nil
}
