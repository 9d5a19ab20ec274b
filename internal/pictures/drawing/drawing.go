// Package drawing draws pictures for the documentation, as SVG.
//
// A picture is narrow, so that a phone shows its letters large enough. It names no font, and leaves room for wide ones. It follows
// the reader's light or dark scheme, and draws its own paper: a page in the other scheme hides nothing.
package drawing

import (
	"bytes"
	"fmt"
	"html"
	"strings"
)

// Width is that of every picture, and Margin what is kept free at its sides. Letters are at least 14 high: a phone of 360 px shows
// a picture at three quarters of its size.
const (
	Width  = 480
	Margin = 14
)

// Sheet is a picture that is being drawn.
type Sheet struct {
	title, about string
	body         bytes.Buffer
}

// New begins a picture. A screen reader reads its title, and what it is about.
func New(title, about string) *Sheet { return &Sheet{title: title, about: about} }

// style has the colours of both schemes. What a colour says is always said by a form or a word, too.
const style = `text { font: 15px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 18px }
.title, .bold { font-weight: bold }
.small { font-size: 14px }
.middle { text-anchor: middle }
.end { text-anchor: end }
.paper { fill: #fff }
.box { fill: #eef2f6 }
.line { stroke: #59636e; fill: none }
.head { fill: #59636e; stroke: none }
.faint { fill: #59636e }
text.ours, rect.ours { fill: #0067b0 }
text.on { fill: #fff }
text.lost { fill: #b3261e }
rect.lost, line.lost { stroke: #b3261e; fill: none }
line.ours { stroke: #0067b0 }
rect.other { fill: #8a929b }
rect.reach { fill: none; stroke: #59636e }
rect.ours.reach { stroke: #0067b0 }
.thick { stroke-width: 2 }
.dashed { stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.paper { fill: #0d1117 }
.box { fill: #1c242e }
.line { stroke: #9198a1 }
.head { fill: #9198a1 }
.faint { fill: #9198a1 }
text.ours, rect.ours { fill: #58b4f0 }
text.on { fill: #0d1117 }
text.lost { fill: #ff8a80 }
rect.lost, line.lost { stroke: #ff8a80 }
line.ours { stroke: #58b4f0 }
rect.other { fill: #7d8590 }
rect.reach { stroke: #9198a1 }
rect.ours.reach { stroke: #58b4f0 }
}
rect.ours.reach { fill: none }
`

// SVG is the picture, of this height.
func (s *Sheet) SVG(height int) []byte {
	head := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title about">
<title id="title">%s</title>
<desc id="about">%s</desc>
<style>
%s</style>
<rect class="paper" width="%[1]d" height="%[2]d"/>
`, Width, height, Width*3/2, height*3/2, html.EscapeString(s.title), html.EscapeString(s.about), style)
	return []byte(head + s.body.String() + "</svg>\n")
}

// Text writes a line, whose letters stand on y.
func (s *Sheet) Text(x, y int, class, text string) {
	fmt.Fprintf(&s.body, "<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>\n", x, y, class, html.EscapeString(text))
}

// Lines writes a text in lines of at most so many letters, the first of which stands on y, and returns where the next would stand.
func (s *Sheet) Lines(x, y, letters int, class, text string) int {
	const lineHeight = 20
	for _, line := range wrap(text, letters) {
		s.Text(x, y, class, line)
		y += lineHeight
	}
	return y
}

// Head writes the title at the top and what explains it, and returns where the next line would stand.
func (s *Sheet) Head(explained string) int {
	y := s.Lines(Margin, 28, 34, "title", s.title)
	return s.Lines(Margin, y+3, 47, "faint", explained)
}

// Rect draws a rectangle.
func (s *Sheet) Rect(x, y, width, height int, class string) {
	fmt.Fprintf(&s.body, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\" class=\"%s\"/>\n", x, y, width, height, class)
}

// Line draws a line.
func (s *Sheet) Line(x1, y1, x2, y2 int, class string) {
	fmt.Fprintf(&s.body, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"%s\"/>\n", x1, y1, x2, y2, class)
}

// Arrow draws a line, across or down, with a head at its end.
func (s *Sheet) Arrow(x1, y1, x2, y2 int, class string) {
	s.Line(x1, y1, x2, y2, class)
	shape := fmt.Sprintf("M%d %dl-5 -9h10z", x2, y2)
	switch {
	case x2 > x1:
		shape = fmt.Sprintf("M%d %dl-9 -5v10z", x2, y2)
	case x2 < x1:
		shape = fmt.Sprintf("M%d %dl9 -5v10z", x2, y2)
	}
	fmt.Fprintf(&s.body, "<path d=\"%s\" class=\"head\"/>\n", shape)
}

// wrap breaks a text into lines of at most so many letters.
func wrap(text string, letters int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch longer := strings.TrimSpace(line + " " + word); {
		case len([]rune(longer)) > letters && line != "":
			lines = append(lines, line)
			line = word
		default:
			line = longer
		}
	}
	return append(lines, line)
}
