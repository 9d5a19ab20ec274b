package report

import (
	"cmp"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// linePanel is lines on two logarithmic axes, labelled at their ends.
type linePanel struct {
	title  string // may be empty
	ticks  []plot.Tick
	series []series
}

type series struct {
	name   string
	color  func(t theme) color.Color
	strong bool        // atomicsession's
	dashed bool        // what is no library
	points plotter.XYs // from left to right, at least one
}

func (s series) last() plotter.XY { return s.points[len(s.points)-1] }

// drawPanels draws the panels side by side, in rows of so many columns, all on the same vertical axis.
func drawPanels(c draw.Canvas, t theme, panels []linePanel, columns int) {
	low, high := 0.8, 2.0
	for _, panel := range panels {
		for _, s := range panel.series {
			for _, pt := range s.points {
				low, high = math.Min(low, pt.Y), math.Max(high, pt.Y)
			}
		}
	}
	var grid [][]*plot.Plot
	for row := range slices.Chunk(panels, columns) {
		plots := make([]*plot.Plot, columns)
		for i, panel := range row {
			plots[i] = panel.plot(t, low/1.1, high*1.1)
		}
		grid = append(grid, plots)
	}
	tiles := draw.Tiles{Rows: len(grid), Cols: columns, PadX: 12, PadY: 14}
	for i, row := range plot.Align(grid, tiles, c) {
		for j, canvas := range row {
			if grid[i][j] != nil {
				grid[i][j].Draw(canvas)
			}
		}
	}
}

func (l linePanel) plot(t theme, low, high float64) *plot.Plot {
	p := emptyPlot()
	p.Title.Text = l.title
	p.Title.TextStyle = bold(style(normal, t.ink))
	p.Title.TextStyle.XAlign = draw.XCenter
	p.Title.TextStyle.YAlign = draw.YTop
	p.Title.Padding = 6
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Scale = plot.LogScale{}
		axis.LineStyle.Width = 0
		axis.Tick.Width = 0
		axis.Tick.Label.Font = style(small, t.faint).Font
		axis.Tick.Label.Color = t.faint
		axis.Label.TextStyle.Font = style(small, t.faint).Font
		axis.Padding = 4
	}
	p.X.Tick.Marker = plot.ConstantTicks(l.ticks)
	p.X.Min, p.X.Max = l.ticks[0].Value, l.ticks[len(l.ticks)-1].Value
	for _, s := range l.series {
		p.X.Min, p.X.Max = math.Min(p.X.Min, s.points[0].X), math.Max(p.X.Max, s.last().X)
	}
	p.Y.Tick.Marker = timesTicks(low, high)
	p.Y.Min, p.Y.Max = low, high

	lines := plotter.NewGrid()
	lines.Vertical.Width = 0
	lines.Horizontal = draw.LineStyle{Color: t.grid, Width: 0.75}
	p.Add(lines)
	for _, s := range l.series {
		p.Add(s.in(t))
	}
	p.Add(endLabels{l.series, t})
	return p
}

// timesTicks are ticks at 1, 2 and 5 times the powers of ten, or at the powers alone if that would be many.
func timesTicks(low, high float64) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	steps := []float64{1, 2, 5}
	if high/low > 1000 {
		steps = steps[:1]
	}
	for power := math.Pow10(int(math.Floor(math.Log10(low)))); power <= high; power *= 10 {
		for _, step := range steps {
			if v := power * step; v >= low && v <= high {
				ticks = append(ticks, plot.Tick{Value: v, Label: digits(v, 2) + " ×"})
			}
		}
	}
	return ticks
}

// drawnSeries is a series in the colours of a theme.
type drawnSeries struct {
	series
	line  draw.LineStyle
	glyph draw.GlyphStyle
}

func (s series) in(t theme) drawnSeries {
	d := drawnSeries{s, draw.LineStyle{Color: s.color(t), Width: 1.5}, draw.GlyphStyle{Color: s.color(t), Radius: 2.5, Shape: draw.CircleGlyph{}}}
	if s.strong {
		d.line.Width, d.glyph.Radius = 2.75, 3.5
	}
	if s.dashed {
		d.line.Dashes = []vg.Length{4, 3}
	}
	return d
}

// Plot implements [plot.Plotter].
func (s drawnSeries) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	pts := make([]vg.Point, len(s.points))
	for i, pt := range s.points {
		pts[i] = vg.Point{X: x(pt.X), Y: y(pt.Y)}
	}
	c.StrokeLines(s.line, pts)
	for _, pt := range pts {
		c.DrawGlyphNoClip(s.glyph, pt)
	}
}

// label names the line and says where it ends.
func (s series) label() string {
	return s.name + " " + formatRatio(s.last().Y) + " ×"
}

// endLabels names the lines at their right ends, moved apart where they would cover each other.
type endLabels struct {
	series []series
	theme  theme
}

const (
	labelSpace  = 13 // between the middles of two labels
	labelOffset = 8
)

func (l endLabels) style(s series) draw.TextStyle {
	st := style(normal, s.color(l.theme))
	if s.strong {
		st = bold(st)
	}
	return st
}

// Plot implements [plot.Plotter].
func (l endLabels) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := make([]vg.Point, len(l.series))
	for i, s := range l.series {
		at[i] = vg.Point{X: x(s.last().X) + labelOffset, Y: y(s.last().Y)}
	}
	spread(at, c.Max.Y)
	for i, s := range l.series {
		c.FillText(l.style(s), at[i], s.label())
	}
}

// GlyphBoxes implements [plot.GlyphBoxer]: it makes room for the labels.
func (l endLabels) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	boxes := make([]plot.GlyphBox, len(l.series))
	for i, s := range l.series {
		width := l.style(s).Width(s.label())
		boxes[i] = plot.GlyphBox{X: p.X.Norm(s.last().X), Y: 0.5, Rectangle: vg.Rectangle{Max: vg.Point{X: width + labelOffset}}}
	}
	return boxes
}

// spread moves points up until none covers the one below, and down again where that went too high.
func spread(points []vg.Point, high vg.Length) {
	order := make([]*vg.Point, len(points))
	for i := range points {
		order[i] = &points[i]
	}
	slices.SortStableFunc(order, func(a, b *vg.Point) int { return cmp.Compare(a.Y, b.Y) })
	for i := 1; i < len(order); i++ {
		order[i].Y = max(order[i].Y, order[i-1].Y+labelSpace)
	}
	for i, limit := len(order)-1, high; i >= 0; i-- {
		order[i].Y = min(order[i].Y, limit)
		limit = order[i].Y - labelSpace
	}
}
