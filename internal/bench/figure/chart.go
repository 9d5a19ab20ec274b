package figure

import (
	"fmt"
	"strings"

	"github.com/atomicsession/atomicsession/internal/pictures/drawing"
)

// Chart is bars, each under its name and its figure, so that a phone can show it.
type Chart struct {
	File            string // below docs
	Title, Subtitle string
	Bars            []Bar
	Solid, Outlined string                 // what a bar shows, and what its outline; nothing if that needs no words
	Mark            float64                // where a line crosses each bar, if not 0
	Ours            func(name string) bool // whether a row is drawn in the colour that stands out
}

// Bar is a row of a chart.
type Bar struct {
	Row      [2]string // a group and a name within it
	Text     string
	From, To float64 // 0 to 1
	Reach    float64 // where its outline ends, if that is beyond To
}

func groupOf(b Bar) string { return b.Row[0] }

// String is the chart in Markdown.
func (c Chart) String() string { return fmt.Sprintf("![%s: %s](%s)", c.Title, c.Subtitle, c.File) }

const (
	trackWidth = drawing.Width - 2*drawing.Margin
	barHeight  = 10
	rowHeight  = 37
)

// SVG draws the chart.
func (c Chart) SVG() []byte {
	s := drawing.New(c.Title, c.about())
	y := s.Head(c.Subtitle)
	if c.Solid != "" {
		y += 6
		s.Rect(drawing.Margin, y-barHeight, 24, barHeight, "other")
		s.Text(drawing.Margin+32, y, "small faint", c.Solid)
		s.Rect(drawing.Width/2, y-barHeight, 24, barHeight, "reach other")
		s.Text(drawing.Width/2+32, y, "small faint", c.Outlined)
		y += 20
	}
	for _, group := range Distinct(c.Bars, groupOf) {
		y += 12
		s.Text(drawing.Margin, y, "bold", group)
		y += 24
		for _, b := range c.Bars {
			if b.Row[0] == group {
				c.row(s, y, b)
				y += rowHeight
			}
		}
	}
	return s.SVG(y - 12)
}

// about says it for those who do not see it.
func (c Chart) about() string {
	var text strings.Builder
	text.WriteString(c.Subtitle)
	for _, b := range c.Bars {
		fmt.Fprintf(&text, " %s, %s: %s.", b.Row[0], b.Row[1], b.Text)
	}
	return text.String()
}

// row draws a bar below the line y, which has its name and its figure.
func (c Chart) row(s *drawing.Sheet, y int, b Bar) {
	class, letters := "other", ""
	if c.Ours(b.Row[1]) {
		class, letters = "ours", " ours bold"
	}
	s.Text(drawing.Margin, y, "small"+letters, b.Row[1])
	s.Text(drawing.Width-drawing.Margin, y, "small end"+letters, b.Text)
	y += 6
	at := func(part float64) int { return drawing.Margin + int(part*trackWidth) }
	bar := func(from, to float64, class string) {
		if to > from {
			s.Rect(at(from), y, max(2, at(to)-at(from)), barHeight, class)
		}
	}
	bar(0, 1, "box")
	bar(b.From, b.To, class)
	bar(b.To, b.Reach, "reach "+class)
	if c.Mark > 0 {
		s.Line(at(c.Mark), y-3, at(c.Mark), y+barHeight+3, "line ours thick")
	}
}
