package report

import (
	"bytes"
	"fmt"
	"html"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The charts are drawn with gonum.org/v1/plot: its axes can be logarithmic, panels can share one, and every mark is a few lines
// of a program's own, so that lines and bars are labelled where they are instead of in a legend. Of the others,
// github.com/go-analyze/charts is as well maintained and has themes, but no logarithmic axes in its interface (only in a package
// below it), and github.com/wcharczuk/go-chart has rested since 2024.

// A chart is chartWidth points wide, which a browser shows as 800 pixels.
const (
	chartWidth = 600
	margin     = 10
	small      = 9.5 // the smallest text: 12.7 pixels
	normal     = 10.5
	titleSize  = 12.5
)

// chart is a picture of results.
type chart struct {
	name     string
	alt      string // what it shows, for who cannot see it
	title    string
	subtitle string
	height   vg.Length                    // of the body
	body     func(c draw.Canvas, t theme) // draws below the title
}

func (c *chart) file(t theme) string { return c.name + "-" + t.name + ".svg" }

// Picture is the chart in Markdown, which GitHub shows in the reader's colour scheme.
func (c *chart) Picture() string {
	return fmt.Sprintf("<picture>\n<source media=\"(prefers-color-scheme: dark)\" srcset=\"benchmarks/%s\">\n<img alt=\"%s\" src=\"benchmarks/%s\">\n</picture>",
		c.file(themes[1]), html.EscapeString(c.alt), c.file(themes[0]))
}

const headHeight = 52

// svg draws the chart.
func (c *chart) svg(t theme) ([]byte, error) {
	height := c.height + headHeight + margin
	picture := vgsvg.New(chartWidth, height)
	canvas := draw.New(picture)
	canvas.FillPolygon(t.paper, []vg.Point{{}, {Y: height}, {X: chartWidth, Y: height}, {X: chartWidth}})
	canvas.FillText(bold(style(titleSize, t.ink)), vg.Point{X: margin, Y: height - 16}, c.title)
	canvas.FillText(style(normal, t.faint), vg.Point{X: margin, Y: height - 33}, c.subtitle)
	c.body(draw.Crop(canvas, margin, -margin, margin, -headHeight), t)

	var svg bytes.Buffer
	if _, err := picture.WriteTo(&svg); err != nil {
		return nil, err
	}
	// The font that was measured is on few machines; these are as wide.
	return bytes.ReplaceAll(svg.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), nil
}

// right is the style with its text to the left of the point.
func right(s text.Style) text.Style {
	s.XAlign = draw.XRight
	return s
}
