package backend

import "encoding/binary"

// postgresMessages returns a function that gets what a client of PostgreSQL sends, in any pieces, and returns how many
// statements began in it: simple queries and executions of prepared ones.
func postgresMessages() func(data []byte) int {
	header := make([]byte, 4, 5) // the first message has a length and no type
	got, skip := 0, 0
	return func(data []byte) (statements int) {
		for len(data) > 0 {
			if skip > 0 {
				n := min(skip, len(data))
				data, skip = data[n:], skip-n
				continue
			}
			n := copy(header[got:], data)
			data, got = data[n:], got+n
			if got < len(header) {
				continue
			}
			got = 0
			skip = int(binary.BigEndian.Uint32(header[len(header)-4:])) - 4 // the length counts itself
			if len(header) == 5 && (header[0] == 'Q' || header[0] == 'E') {
				statements++
			}
			header = header[:5]
		}
		return statements
	}
}
