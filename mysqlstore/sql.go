package mysqlstore

import (
	"embed"
	"encoding/hex"
	"strconv"
	"strings"
)

//go:embed sql
var files embed.FS

// statements are what the methods send, for one database and prefix.
type statements struct {
	names *strings.Replacer

	insertSession, insertFields, createSession, created       query
	load, read, lock, delete, lives                           query
	putFields, dropFields, quick, change, size, updateSession query
	takeTurn, live, liveLocked                                query
	theirs, everybodys                                        many
	deleteAll, expired                                        query
}

// many are about the sessions of a user, or about those of everybody.
type many struct{ list, selected, deleteMany query }

// columns are what row.scan reads of a session s: its numbers in one text, since each column costs as much as a short text in it. It may have
// the arguments of key.
const columns = "CONCAT_WS(' ', " + current + ", IFNULL(?, 0), IFNULL(?, 0), s.signed_in, s.created, s.last_used, s.expires, s.lifetime, s.bytes, " +
	"IFNULL(s.deadline, '-'), IFNULL(s.authenticated, '-'), IFNULL(s.renewed, '-')), s.id, s.username, s.attrs, "

const (
	withOps    = columns + "s.ops, s.floor, f.name, f.value"
	withoutOps = columns + "NULL, NULL, f.name, f.value"
	listed     = columns + "NULL, NULL, NULL, NULL"

	all = " LIMIT 18446744073709551615" // rows, whatever sql_select_limit is
)

func newStatements(o Options) statements {
	s := statements{names: newNames(o)}
	get := func(text string) query { return newQuery(s.names.Replace(text)) }
	whose := func(where, index string) many {
		from := " FROM {session} s FORCE INDEX (" + index + ") WHERE " + where
		const signedIn = " AND (? IS NULL OR COALESCE(authenticated, created) < ?)"
		return many{
			list:       get("SELECT " + listed + from + " AND s.id > ? AND s.expires > ? ORDER BY s.id LIMIT ?"),
			selected:   get("SELECT " + current + ", s.id, s.expires > ?" + from + " AND s.id > ? AND s.id <> ?" + signedIn + " ORDER BY s.id LIMIT ?"),
			deleteMany: get("DELETE FROM {session} WHERE " + where + " AND id IN (?)" + signedIn + "??"),
		}
	}
	s.insertSession = get("INSERT INTO {session} (id, verifier, signed_in, username, authenticated, attrs, created, last_used, expires, lifetime, " +
		"deadline, bytes, ops, expires_hour, floor) VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'')")
	s.insertFields = get("INSERT INTO {field} (session, name, value) VALUES ?")
	s.createSession = get("CALL {create}(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
	s.created = get("SELECT " + current + " FROM {session} WHERE id = ? AND LOCATE(?, ops) > 0")
	s.load = get("SELECT " + withoutOps + " FROM {session} s LEFT JOIN {field} f ON f.session = s.id AND (? OR s.signed_in = 1 AND s.renewed > ?)?" +
		" WHERE s.id = ? AND s.expires > ? AND (? OR ?)" + all)
	read := "SELECT " + withOps + " FROM {session} s LEFT JOIN {field} f ON f.session = s.id AND f.name IN (?) WHERE s.id = ?" + all
	s.read, s.lock = get(read), get(read+" FOR UPDATE")
	s.delete = get("DELETE FROM {session} WHERE id = ? AND expires > ? AND ??")
	s.lives = get("SELECT " + current + ", s.expires > ?, ? FROM {session} s WHERE s.id = ?")
	s.putFields = get("INSERT INTO {field} (session, name, value) VALUES ? ON DUPLICATE KEY UPDATE value = VALUES(value)")
	s.dropFields = get("DELETE FROM {field} WHERE session = ? AND name IN (?)")
	s.quick = get("CALL {quick}(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
	s.change = get("CALL {change}(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
	s.size = get("SELECT COALESCE(SUM(OCTET_LENGTH(name) + OCTET_LENGTH(value)), 0) FROM {field} WHERE session = ?")
	s.updateSession = get("UPDATE {session} SET ? WHERE id = ?")
	s.takeTurn = get("UPDATE {turn} SET taken = taken + 1 WHERE bucket = ?")
	live := "SELECT " + listed + " FROM {session} s FORCE INDEX (user_id) WHERE s.username = ? AND s.id <> ? AND s.expires > ? ORDER BY s.id" + all
	s.live, s.liveLocked = get(live), get(live+" FOR UPDATE")
	s.theirs, s.everybodys = whose("username = ?", "user_id"), whose("? IS NOT NULL", "PRIMARY")
	s.deleteAll = get("DELETE FROM {session} WHERE id IN (?)")
	s.expired = get("SELECT id FROM {session} FORCE INDEX (expiry) WHERE expires_hour <= ? AND expires <= ? LIMIT ? FOR UPDATE SKIP LOCKED")
	return s
}

// newNames returns what puts the names of tables and procedures in the place of {session} and so on.
func newNames(o Options) *strings.Replacer {
	database := ""
	if o.Database != "" {
		database = quote(o.Database) + "."
	}
	var pairs []string
	for _, name := range tables {
		pairs = append(pairs, "{"+name+"}", database+quote(o.Prefix+name))
	}
	pairs = append(pairs, "{owner}", quote(o.Prefix+"owner")) // a constraint
	for _, name := range procedureNames {
		pairs = append(pairs, "{"+strings.TrimSuffix(name, "_v1")+"}", database+quote(o.Prefix+name))
	}
	return strings.NewReplacer(pairs...)
}

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// query is a statement cut where its arguments come.
type query []string

// newQuery returns the statement whose arguments come where the text has question marks outside names.
func newQuery(text string) (q query) {
	start, quoted := 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '`':
			quoted = !quoted
		case c == '?' && !quoted:
			q = append(q, text[start:i])
			start = i + 1
		}
	}
	return append(q, text[start:])
}

// code is an argument that is part of a statement itself.
type code string

// with returns the statement with its arguments: bytes and texts as hexadecimal literals, which mean the same in every character set and
// sql_mode.
func (q query) with(args ...any) string {
	size := 0
	for _, part := range q {
		size += len(part) + 24
	}
	for _, arg := range args {
		switch arg := arg.(type) {
		case string:
			size += 2 * len(arg)
		case []byte:
			size += 2 * len(arg)
		case code:
			size += len(arg)
		}
	}
	text := append(make([]byte, 0, size), q[0]...)
	for i, arg := range args {
		text = append(appendLiteral(text, arg), q[i+1]...)
	}
	return string(text)
}

func appendLiteral(text []byte, arg any) []byte {
	switch arg := arg.(type) {
	case nil:
		return append(text, "NULL"...)
	case code:
		return append(text, arg...)
	case int64:
		return strconv.AppendInt(text, arg, 10)
	case int:
		return strconv.AppendInt(text, int64(arg), 10)
	case string:
		return append(hex.AppendEncode(append(text, "x'"...), []byte(arg)), '\'')
	case []byte:
		return append(hex.AppendEncode(append(text, "x'"...), arg), '\'')
	}
	panic("mysqlstore: no literal for an argument")
}

// list returns literals with commas between them. There is at least one.
func list[T any](values []T) code {
	var text []byte
	for i, v := range values {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendLiteral(text, v)
	}
	return code(text)
}
