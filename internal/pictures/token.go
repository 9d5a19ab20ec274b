package pictures

import "github.com/atomicsession/atomicsession/internal/pictures/drawing"

// Token draws what a browser holds of a session, what the store holds, and what a thief of either has.
func Token() []byte {
	s := drawing.New("The split token", "The cookie holds an ID and a secret. The store holds the ID, the SHA-256 of the "+
		"secret, and the data. "+
		"A thief of the store cannot make a cookie from a hash. A thief of the cookie is the visitor until the session "+
		"ends, or the next sign-in replaces the secret.")
	y := s.Head("The browser has the secret. The store has only its hash.")

	const left, wide, height = drawing.Margin, drawing.Width - 2*drawing.Margin, 78
	part := func(x, y, width int, class, text string) {
		s.Rect(x, y, width, 30, class)
		label := "bold middle"
		if class == "ours" {
			label += " on"
		}
		s.Text(x+width/2, y+20, label, text)
	}
	y += 4
	s.Rect(left, y, wide, height, "box")
	s.Text(left+12, y+24, "bold", "Cookie")
	part(left+12, y+36, 80, "paper", "ID")
	part(left+104, y+36, 160, "ours", "secret")
	part(left+276, y+36, 164, "paper", "its end")

	down := y + height
	s.Arrow(left+52, down, left+52, down+50, "line thick")
	s.Arrow(left+184, down, left+184, down+50, "line thick")
	s.Text(left+62, down+30, "faint", "the same")
	s.Text(left+194, down+30, "faint", "SHA-256: no way back")

	y = down + 56
	s.Rect(left, y, wide, height, "box")
	part(left+12, y+12, 80, "paper", "ID")
	part(left+104, y+12, 160, "paper", "hash of secret")
	part(left+276, y+12, 164, "paper", "user, data")
	s.Text(left+12, y+64, "bold", "Store")

	y += height + 34
	for _, row := range [][2]string{
		{"Somebody steals a copy of the store", "They can read the data. They cannot sign in as anybody: a hash is not a secret."},
		{"Somebody steals a cookie", "They are that visitor, in this session only, until it ends: by a sign-out, by Revoke, or by its age. " +
			"The next sign-in makes a new secret: then the stolen one opens nothing."},
		{"Somebody learns an ID", "It opens nothing. Logs and lists of devices may show it."},
	} {
		s.Text(left, y, "bold", row[0])
		y = s.Lines(left, y+21, 47, "", row[1]) + 10
	}
	return s.SVG(y - 10)
}
