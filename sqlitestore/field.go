package sqlitestore

import (
	"github.com/atomicsession/atomicsession/driver"
)

const selectFields = "SELECT name, value FROM fields WHERE session = ? ORDER BY name"

// document reads all fields of a session: to be parsed by somebody who holds no connection.
func (c *conn) document(n int64) (names, texts []string, err error) {
	names, texts = make([]string, 0, 16), make([]string, 0, 16)
	for s, err := range c.rows(selectFields, n) {
		if err != nil {
			return nil, nil, err
		}
		names, texts = append(names, s.ColumnText(0)), append(texts, s.ColumnText(1))
	}
	return names, texts, nil
}

// field reads the text of one field of a session, "" if there is none. It fails with errHeavy if that is longer than most.
func (c *conn) field(n int64, name string, most int) (string, error) {
	for s, err := range c.rows("SELECT value FROM fields WHERE session = ? AND name = ?", n, name) {
		if err != nil {
			return "", err
		}
		text := s.ColumnRawText(0)
		switch {
		case len(text) == 0:
			return "", corrupt("value of a field")
		case len(text) > most:
			return "", errHeavy
		}
		return string(text), nil
	}
	return "", nil
}

// parse returns the value of a field, Missing for "", which is the text of none.
func parse(text string) (driver.Value, error) {
	if text == "" {
		return driver.Value{}, nil
	}
	v, err := driver.ParseValue(text)
	if err != nil {
		return driver.Value{}, corrupt("value of a field")
	}
	return v, nil
}

// setField writes a field, or removes it if the text is "".
func (c *conn) setField(n int64, name, text string) error {
	if text == "" {
		return c.exec("DELETE FROM fields WHERE session = ? AND name = ?", n, name)
	}
	return c.exec(`INSERT INTO fields (session, name, value) VALUES (?, ?, ?)
		ON CONFLICT (session, name) DO UPDATE SET value = excluded.value`, n, name, text)
}
