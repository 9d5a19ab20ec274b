package backend

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// TestPostgresMessages feeds a conversation in pieces of all sizes.
func TestPostgresMessages(t *testing.T) {
	message := func(kind string, body string) []byte {
		length := binary.BigEndian.AppendUint32(nil, uint32(4+len(body)))
		return append(append([]byte(kind), length...), body...)
	}
	var talk []byte
	for _, m := range [][]byte{
		message("", "\x00\x03\x00\x00user\x00QQQ\x00\x00"), // the first has no type
		message("Q", "SELECT 'E'\x00"),
		message("P", "\x00QEQE\x00"), message("B", ""), message("E", "\x00\x00\x00\x00\x00"), message("S", ""),
		message("B", "QQQQQQQQ"), message("E", "\x00\x00\x00\x00\x00"), message("S", ""),
		message("X", ""),
	} {
		talk = append(talk, m...)
	}
	for size := 1; size <= len(talk); size++ {
		count := postgresMessages()
		n := 0
		for at := 0; at < len(talk); at += size {
			n += count(talk[at:min(at+size, len(talk))])
		}
		if n != 3 {
			t.Errorf("pieces of %d bytes: %d statements, want 3", size, n)
		}
	}
}

// TestMySQLMessages does the same with MySQL's.
func TestMySQLMessages(t *testing.T) {
	message := func(number byte, body string) []byte {
		return append([]byte{byte(len(body)), byte(len(body) >> 8), 0, number}, body...)
	}
	var talk []byte
	for _, m := range [][]byte{
		message(1, "\x03 is no command in the login"), message(3, ""),
		message(0, "\x03SELECT 1"), message(0, "\x16SELECT ?"), message(0, "\x17\x03\x17"),
		message(0, "\x03"+strings.Repeat("\x03", 300)), message(1, "\x03 goes on"), message(0, "\x01"),
	} {
		talk = append(talk, m...)
	}
	for size := 1; size <= len(talk); size++ {
		count := mysqlMessages()
		n := 0
		for part := range slices.Chunk(talk, size) {
			n += count(part)
		}
		if n != 3 {
			t.Errorf("pieces of %d bytes: %d statements, want 3", size, n)
		}
	}
}
