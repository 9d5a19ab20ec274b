package report

import (
	"image/color"

	stdfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// theme is the colours of a page that a chart stands on. Each chart is drawn in both, and the page picks one by the reader's
// colour scheme. The paper is drawn too, so that a chart can be read where the page picks the wrong one.
type theme struct {
	name                    string
	paper, ink, faint, grid color.Color
	ours                    color.Color
	other                   color.Color   // a library where their rows need no telling apart
	libraries               []color.Color // where they do; told apart with every kind of colour blindness, and labelled as well
	softOurs, softOther     color.Color   // the same behind a bar
	limit                   color.Color
}

var themes = []theme{
	{
		name:  "light",
		paper: rgb(0xffffff), ink: rgb(0x1f2328), faint: rgb(0x59636e), grid: rgb(0xdde2e7),
		ours: rgb(0x0067b0), other: rgb(0x8a929b),
		softOurs: rgb(0xd6e6f3), softOther: rgb(0xeef0f2), limit: rgb(0x59636e),
		libraries: []color.Color{rgb(0xc24a00), rgb(0x8a6d00), rgb(0xa8327a), rgb(0x14804a), rgb(0x5a4a42)},
	},
	{
		name:  "dark",
		paper: rgb(0x0d1117), ink: rgb(0xe6edf3), faint: rgb(0x9198a1), grid: rgb(0x2b323b),
		ours: rgb(0x58b4f0), other: rgb(0x7d8590),
		softOurs: rgb(0x14304a), softOther: rgb(0x1c2128), limit: rgb(0x9198a1),
		libraries: []color.Color{rgb(0xf58b4c), rgb(0xe0c341), rgb(0xea8fc4), rgb(0x5fc98b), rgb(0xc9b5aa)},
	},
}

func rgb(hex uint32) color.Color {
	return color.RGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

// sans is measured in gonum's copy of Liberation Sans, whose letters are as wide as Arial's and Helvetica's.
var sans = font.Font{Typeface: "Liberation", Variant: "Sans"}

// style is the style of a text of the size, in the chart's points.
func style(size vg.Length, c color.Color) text.Style {
	return text.Style{Color: c, Font: font.From(sans, size), YAlign: draw.YCenter, Handler: plot.DefaultTextHandler}
}

func bold(s text.Style) text.Style {
	s.Font.Weight = stdfont.WeightBold
	return s
}
