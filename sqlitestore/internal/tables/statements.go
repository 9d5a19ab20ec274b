package tables

import "strings"

// statements are the statements, with the names of the tables in them.
type statements struct {
	// What most updates need not know of a session is read by those who must: a record.
	findSession, findRecord string
	findReplaced            string
	insertSession           string
	deleteSession, endByID  string
	deleteSelected          string
	deleteExpired           string

	// Columns that updates seldom change, or that are indexed, have statements of their own.
	setUsed, setHour, setVerifier, setUser, setDeadline, setAuthenticated, setAttrs string

	selectFields, selectField, setField, deleteField string

	ofUser, ofEverybody choice
}

// choice are the statements about the sessions of a user, or of everybody. The first argument is the user.
type choice struct{ list, ids string }

// metaColumns are those of driver.Meta, as scan reads them and metaValues has them.
const metaColumns = "id, user, created, used, expires, lifetime, deadline"

func newStatements(prefix string) *statements {
	session, fields := InMain(prefix+"session"), InMain(prefix+"fields")
	const (
		byID           = "WHERE id = ? AND expires > ?"
		signedInBefore = " AND coalesce(authenticated, created) < ?"
	)
	selectRecord := "SELECT n, verifier, size, " + metaColumns + ", authenticated, attrs FROM " + session + " "
	about := func(whose string) choice {
		return choice{
			list: selectRecord + whose + " AND id > ? AND expires > ? ORDER BY id LIMIT ?",
			ids:  "SELECT id FROM " + session + " " + whose + " AND id > ? AND id <> ?" + signedInBefore + " ORDER BY id LIMIT ?",
		}
	}
	set := func(what string) string { return "UPDATE " + session + " SET " + what + " WHERE n = ?" }
	return &statements{
		findSession:  "SELECT n, verifier, size, " + metaColumns + " FROM " + session + " " + byID,
		findRecord:   selectRecord + byID,
		findReplaced: "SELECT previous, renewed, signed_in FROM " + session + " WHERE n = ?",
		insertSession: "INSERT INTO " + session + " (verifier, hour, size, authenticated, attrs, " + metaColumns +
			") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
		deleteSession:  "DELETE FROM " + session + " WHERE n = ?",
		endByID:        "DELETE FROM " + session + " WHERE id = ?",
		deleteSelected: "DELETE FROM " + session + " WHERE id = ? AND (user = ? OR ? = '')" + signedInBefore + " RETURNING expires",
		deleteExpired: "DELETE FROM " + session +
			" WHERE n IN (SELECT n FROM " + session + " WHERE hour <= ? AND expires <= ? LIMIT ?)",

		setUsed:          set("used = ?, expires = ?, lifetime = ?, size = ?"),
		setHour:          set("hour = ?"),
		setVerifier:      set("verifier = ?, previous = verifier, renewed = ?, signed_in = ?"),
		setUser:          set("user = ?"),
		setDeadline:      set("deadline = ?"),
		setAuthenticated: set("authenticated = ?"),
		setAttrs:         set("attrs = ?"),

		selectFields: "SELECT name, value FROM " + fields + " WHERE session = ? ORDER BY name",
		selectField:  "SELECT value FROM " + fields + " WHERE session = ? AND name = ?",
		setField: "INSERT INTO " + fields + " (session, name, value) VALUES (?, ?, ?) " +
			"ON CONFLICT (session, name) DO UPDATE SET value = excluded.value",
		deleteField: "DELETE FROM " + fields + " WHERE session = ? AND name = ?",

		// The index on users leaves out sessions of nobody; it is used where a statement says that it does not want them. Everybody's
		// are in the index on IDs.
		ofUser:      about("WHERE user = ? AND user <> ''"),
		ofEverybody: about("WHERE ? = ''"),
	}
}

// of returns the statements about the sessions of a user, or of everybody.
func (s *statements) of(user string) choice {
	if user == "" {
		return s.ofEverybody
	}
	return s.ofUser
}

// Quote returns a name as SQL has it.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// InMain is Quote for a table that may be hidden by a temporary one of that name on the connection.
func InMain(name string) string { return "main." + Quote(name) }
