package pictures

import "github.com/atomicsession/atomicsession/internal/pictures/drawing"

// Command draws what each store is sent for an update.
func Command() []byte {
	s := drawing.New("One update, one command", "An update goes to the store as one command: one script call on Redis, "+
		"one statement on PostgreSQL, "+
		"one CALL on MariaDB, one findOneAndUpdate on MongoDB, one transaction on SQLite, one step under a lock in memory. "+
		"The command checks the session and the conditions, and changes the fields. Nothing is loaded before.")
	y := s.Head("No load before it, no lock that outlives it, and nothing comes in between.")

	const left, wide, bus = drawing.Margin, drawing.Width - 2*drawing.Margin, drawing.Margin + 24
	y += 4
	s.Rect(left, y, wide, 58, "ours")
	s.Text(left+12, y+24, "bold on", "session.Update(ctx,")
	s.Text(left+36, y+46, "bold on", "count.Inc(1), log.Push(\"hello\"))")
	from := y + 58
	y = from + 20
	for _, row := range [][2]string{
		{"Redis", "EVALSHA: a script"},
		{"PostgreSQL", "1 statement or function"},
		{"MariaDB", "CALL: a procedure"},
		{"MongoDB", "findOneAndUpdate"},
		{"SQLite", "1 transaction"},
		{"memory", "1 step under a lock"},
	} {
		s.Arrow(bus, y+15, bus+30, y+15, "line thick")
		s.Rect(bus+34, y, drawing.Width-drawing.Margin-bus-34, 30, "box")
		s.Text(bus+44, y+20, "bold", row[0])
		s.Text(bus+172, y+20, "", row[1])
		y += 38
	}
	s.Line(bus, from, bus, y-22, "line thick")

	y += 22
	s.Text(left, y, "bold", "The store does all of it in one step:")
	y += 22
	for i, text := range []string{
		"Does the session live? Is the secret right?", "Do the conditions hold (If)?", "Change the fields.", "Answer: changed, or why not.",
	} {
		s.Text(left, y, "bold", string(rune('1'+i)))
		y = s.Lines(left+22, y, 46, "", text)
	}
	y = s.Lines(left, y+10, 47, "faint", "A few operators cost some stores two or three commands. No update is lost "+
		"there either: the page of each store lists them.")
	return s.SVG(y)
}
