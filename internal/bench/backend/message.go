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

// mysqlMessages is postgresMessages for MySQL: it counts queries and executions of prepared statements.
func mysqlMessages() func(data []byte) int {
	var header [5]byte // the length, the number of the packet, and what it asks for if it is the first
	got, skip := 0, 0
	return func(data []byte) (statements int) {
		for len(data) > 0 {
			if skip > 0 {
				n := min(skip, len(data))
				data, skip = data[n:], skip-n
				continue
			}
			header[got] = data[0]
			data, got = data[1:], got+1
			length := int(header[0]) | int(header[1])<<8 | int(header[2])<<16
			if got < 4 || got == 4 && length > 0 {
				continue
			}
			if got == 5 {
				skip = length - 1
				if header[3] == 0 && (header[4] == mysqlQuery || header[4] == mysqlExecute) {
					statements++
				}
			}
			got = 0
		}
		return statements
	}
}

// The commands of MySQL's protocol that run a statement.
const (
	mysqlQuery   = 0x03
	mysqlExecute = 0x17
)
