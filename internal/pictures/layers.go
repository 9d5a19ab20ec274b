package pictures

import "github.com/atomicsession/atomicsession/internal/pictures/drawing"

// Layers draws which package imports which.
func Layers() []byte {
	s := drawing.New("Layers", "Your application uses package atomicsession and a store. Between it and atomicsession "+
		"may stand an adapter for a web framework, "+
		"a bridge from another library, or the page of devices. atomicsession and each store use package driver, and know "+
		"nothing of each other.")
	y := s.Head("A box uses only boxes below it.")

	const left, gap, row = drawing.Margin, 8, 38
	const wide, half = drawing.Width - 2*drawing.Margin, 286
	const right, rest = left + half + gap, wide - half - gap
	y += 2
	s.Rect(left, y, wide, row, "box")
	s.Text(left+12, y+24, "bold", "your application")
	y += row + gap
	for i, name := range []string{"memstore", "sqlitestore", "pgstore", "mysqlstore", "mongostore", "redisstore"} {
		top := y + i*(row+gap)
		s.Rect(right, top, rest, row, "box")
		s.Text(right+12, top+24, "bold", name)
	}
	for _, box := range [][2]string{{"adapter/…", "gin, echo, fiber"}, {"bridge/…", "scs, gorilla"}, {"devices", "a page for users"}} {
		s.Rect(left, y, half, row, "box")
		s.Text(left+12, y+24, "bold", box[0])
		s.Text(left+120, y+24, "small", box[1])
		y += row + gap
	}
	s.Rect(left, y, half, 3*row+2*gap, "ours")
	s.Text(left+12, y+28, "bold on", "atomicsession")
	s.Lines(left+12, y+58, 32, "small on", "sessions for HTTP: cookie, middleware, keys, users, CSRF")
	y += 3 * (row + gap)
	s.Rect(left, y, wide, 62, "ours")
	s.Text(left+12, y+25, "bold on", "driver")
	s.Text(left+12, y+47, "small on", "what a store does, what an operator means")
	y += 62 + 26
	return s.SVG(s.Lines(left, y, 47, "faint", "A store never uses atomicsession: one that you write can do all that ours can."))
}
