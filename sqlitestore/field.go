package sqlitestore

import (
	"github.com/atomicsession/atomicsession/driver"
)

const selectFields = "SELECT name, value FROM fields WHERE session = ? ORDER BY name"

// document reads all fields of a session.
func (c *conn) document(n int64) (driver.Doc, error) {
	names, texts := make([]string, 0, 16), make([]string, 0, 16)
	for s, err := range c.rows(selectFields, n) {
		if err != nil {
			return driver.Doc{}, err
		}
		names, texts = append(names, s.ColumnText(0)), append(texts, s.ColumnText(1))
	}
	return driver.ParseFields(names, texts)
}

// field reads one field of a session, Missing if there is none.
func (c *conn) field(n int64, name string) (driver.Value, error) {
	for s, err := range c.rows("SELECT value FROM fields WHERE session = ? AND name = ?", n, name) {
		if err != nil {
			return driver.Value{}, err
		}
		return parse(s.ColumnText(0))
	}
	return driver.Value{}, nil
}

func parse(text string) (driver.Value, error) {
	v, err := driver.ParseValue(text)
	if err != nil {
		return driver.Value{}, corrupt("value of a field")
	}
	return v, nil
}

// setField writes a field, or removes it if v is Missing.
func (c *conn) setField(n int64, name string, v driver.Value) error {
	if !v.Exists() {
		return c.exec("DELETE FROM fields WHERE session = ? AND name = ?", n, name)
	}
	return c.exec(`INSERT INTO fields (session, name, value) VALUES (?, ?, ?)
		ON CONFLICT (session, name) DO UPDATE SET value = excluded.value`, n, name, v.Text())
}
