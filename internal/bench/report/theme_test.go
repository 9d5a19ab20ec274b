package report

import (
	"image/color"
	"math"
	"testing"

	"gonum.org/v1/plot/vg"
)

// TestContrast holds the colours to what WCAG 2 asks of text and of graphics.
func TestContrast(t *testing.T) {
	for _, theme := range themes {
		texts := append([]color.Color{theme.ink, theme.faint, theme.ours, theme.limit}, theme.libraries...)
		for i, c := range texts {
			if got := contrast(c, theme.paper); got < 4.5 {
				t.Errorf("%s: text colour %d has a contrast of %.2f, want 4.5", theme.name, i, got)
			}
		}
		if got := contrast(theme.other, theme.paper); got < 3 {
			t.Errorf("%s: bars have a contrast of %.2f, want 3", theme.name, got)
		}
	}
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func luminance(c color.Color) float64 {
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func TestSpreadLabels(t *testing.T) {
	points := []vg.Point{{Y: 100}, {Y: 10}, {Y: 98}, {Y: 95}}
	spread(points, 100)
	want := []vg.Length{100, 10, 87, 74}
	for i, p := range points {
		if p.Y != want[i] {
			t.Errorf("label %d is at %v, want %v", i, p.Y, want[i])
		}
	}
}
