package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// rowsFigure is a grid of panels: a row for each library, grouped, and a column for each circumstance.
type rowsFigure struct {
	columns   []string
	groups    []rowGroup
	panel     func(p *plot.Plot, marks []mark, t theme) // adds what stands for the marks
	nameWidth vg.Length
}

type rowGroup struct {
	name string // may be empty
	rows []figureRow
}

type figureRow struct {
	name  string
	cells []*result.Spread // one for each column, nil if it was not measured
}

// mark is a cell of a row in a panel: y is the row's place.
type mark struct {
	result.Spread
	y    float64
	ours bool
}

const (
	rowHeight   = 19
	headerRow   = 18
	groupSpace  = 8
	columnSpace = 14
)

func (f rowsFigure) height() vg.Length {
	h := vg.Length(headerRow)
	for _, g := range f.groups {
		h += vg.Length(len(g.rows)*rowHeight) + groupSpace
		if g.name != "" {
			h += headerRow
		}
	}
	return h
}

func (f rowsFigure) draw(c draw.Canvas, t theme) {
	width := (c.Max.X - c.Min.X - f.nameWidth) / vg.Length(len(f.columns))
	left := func(i int) vg.Length { return c.Min.X + f.nameWidth + vg.Length(i)*width }
	y := c.Max.Y - headerRow
	for i, name := range f.columns {
		c.FillText(style(normal, t.faint), vg.Point{X: left(i), Y: y + headerRow/2}, name)
	}
	for _, g := range f.groups {
		if g.name != "" {
			y -= headerRow
			c.FillText(bold(style(normal, t.ink)), vg.Point{X: c.Min.X, Y: y + headerRow/2}, g.name)
		}
		bottom := y - vg.Length(len(g.rows)*rowHeight)
		for i, row := range g.rows {
			name := style(normal, t.ink)
			if row.name == ours {
				name = bold(style(normal, t.ours))
			}
			c.FillText(right(name), vg.Point{X: c.Min.X + f.nameWidth - 8, Y: y - vg.Length(i)*rowHeight - rowHeight/2}, row.name)
		}
		for i := range f.columns {
			p := emptyPlot()
			p.HideAxes()
			p.Y.Min, p.Y.Max = 0, float64(len(g.rows))
			var marks []mark
			for j, row := range g.rows {
				if cell := row.cells[i]; cell != nil {
					marks = append(marks, mark{*cell, float64(len(g.rows)-j) - 0.5, row.name == ours})
				}
			}
			f.panel(p, marks, t)
			p.Draw(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
				Min: vg.Point{X: left(i), Y: bottom}, Max: vg.Point{X: left(i) + width - columnSpace, Y: y},
			}})
		}
		y = bottom - groupSpace
	}
}

func emptyPlot() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil // the chart has filled it
	p.X.Padding, p.Y.Padding = 0, 0
	return p
}

func (m mark) color(t theme) color.Color {
	if m.ours {
		return t.ours
	}
	return t.other
}

// bars are shares of 1 in front of the whole.
func bars(p *plot.Plot, marks []mark, t theme) {
	p.X.Min, p.X.Max = 0, 1.36 // the labels need room
	for _, m := range marks {
		soft := t.softOther
		if m.ours {
			soft = t.softOurs
		}
		p.Add(bar{1, m.y, soft}, bar{m.Median, m.y, m.color(t)})
		p.Add(labelAt{1, m.y, 6, labelStyle(m, t), formatShareOf1(m.Median)})
	}
}

func labelStyle(m mark, t theme) draw.TextStyle {
	if m.ours {
		return bold(style(normal, t.ours))
	}
	return style(normal, t.ink)
}

// dots are medians on a logarithmic axis, with lines over their ranges, and a line at 1.
func dots(low, high float64) func(p *plot.Plot, marks []mark, t theme) {
	return func(p *plot.Plot, marks []mark, t theme) {
		p.X.Scale = plot.LogScale{}
		p.X.Min, p.X.Max = low, high*math.Pow(high/low, 0.45) // the labels need room
		one, err := plotter.NewLine(plotter.XYs{{X: 1, Y: p.Y.Min}, {X: 1, Y: p.Y.Max}})
		if err != nil {
			panic(err) // constants
		}
		one.LineStyle = draw.LineStyle{Color: t.grid, Width: 1}
		p.Add(one)
		for _, m := range marks {
			p.Add(dot{m, m.color(t)}, labelAt{math.Max(m.High, m.Median), m.y, 7, labelStyle(m, t), formatRatio(m.Median)})
		}
	}
}

// bar is a horizontal bar from 0.
type bar struct {
	x, y  float64
	color color.Color
}

// Plot implements [plot.Plotter].
func (b bar) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	c.FillPolygon(b.color, []vg.Point{
		{X: x(0), Y: y(b.y) - 6}, {X: x(b.x), Y: y(b.y) - 6}, {X: x(b.x), Y: y(b.y) + 6}, {X: x(0), Y: y(b.y) + 6},
	})
}

// dot is a median and its range.
type dot struct {
	mark
	color color.Color
}

// Plot implements [plot.Plotter].
func (d dot) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	if d.Low < d.High {
		c.StrokeLine2(draw.LineStyle{Color: d.color, Width: 1.5}, x(d.Low), y(d.y), x(d.High), y(d.y))
	}
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: d.color, Radius: 3.5, Shape: draw.CircleGlyph{}}, vg.Point{X: x(d.Median), Y: y(d.y)})
}

// labelAt is a text to the right of a point.
type labelAt struct {
	x, y   float64
	offset vg.Length
	style  draw.TextStyle
	text   string
}

// Plot implements [plot.Plotter].
func (l labelAt) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	c.FillText(l.style, vg.Point{X: x(l.x) + l.offset, Y: y(l.y)}, l.text)
}
