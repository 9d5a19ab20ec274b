package figure

import (
	"bytes"
	"fmt"
	"html"
)

// Chart is cells as bars.
type Chart struct {
	File            string // below docs
	Title, Subtitle string
	Cells           []Cell
	NameWidth       int
	Ours            func(name string) bool // whether a row is drawn in the colour that stands out
}

// String is the chart in Markdown.
func (c Chart) String() string { return fmt.Sprintf("![%s: %s](%s)", c.Title, c.Subtitle, c.File) }

// The colours follow the reader's scheme. The paper is drawn too: a page whose scheme is not the reader's hides nothing.
const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d">
<style>
text { font: 14px "Segoe UI", "Liberation Sans", Arial, Helvetica, sans-serif; fill: #1f2328 }
.paper { fill: #fff }
.title, .group, .ours { font-weight: bold }
.title { font-size: 17px }
.faint { fill: #59636e }
.ours { fill: #0067b0 }
rect.other { fill: #8a929b }
.name { text-anchor: end }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.paper { fill: #0d1117 }
.faint { fill: #9198a1 }
.ours { fill: #58b4f0 }
rect.other { fill: #7d8590 }
}
</style>
<rect class="paper" width="100%%" height="100%%"/>
`

// SVG draws the chart: a line for each row under the name of its group, and in it a bar and a label for each column.
func (c Chart) SVG() []byte {
	const width, margin, lineHeight, label = 800, 14, 21, 76
	names := c.NameWidth
	var body bytes.Buffer
	text := func(x, y int, class, s string) {
		fmt.Fprintf(&body, "<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>\n", x, y, class, html.EscapeString(s))
	}
	columns := Distinct(c.Cells, columnOf)
	step := (width - margin - names) / max(1, len(columns))
	y := 72
	text(margin, 28, "title", c.Title)
	text(margin, 49, "faint", c.Subtitle)
	for i, column := range columns {
		text(names+i*step, y, "faint", column)
	}
	group := ""
	for _, row := range Distinct(c.Cells, rowOf) {
		if row[0] != group {
			group = row[0]
			y += lineHeight + 4
			text(margin, y, "group", group)
		}
		y += lineHeight
		class := "other"
		if c.Ours(row[1]) {
			class = "ours"
		}
		text(names-8, y, "name "+class, row[1])
		for i, column := range columns {
			cell := at(c.Cells, row, column)
			bar := max(1, int(cell.Length*float64(step-label)))
			fmt.Fprintf(&body, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"13\" class=\"%s\"/>\n", names+i*step, y-11, bar, class)
			text(names+i*step+bar+6, y, class, cell.Text)
		}
	}
	return append(fmt.Appendf(nil, svgHead, width, y+margin), append(body.Bytes(), "</svg>\n"...)...)
}
