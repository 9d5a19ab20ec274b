package tables

import (
	"math"

	"github.com/atomicsession/atomicsession/driver"
)

// document reads all fields of a session: to be parsed by somebody who holds no connection.
func (c conn) document(n int64) (names, texts []string, err error) {
	names, texts = make([]string, 0, 16), make([]string, 0, 16)
	for s, err := range All(c.Conn, c.selectFields, n) {
		if err != nil {
			return nil, nil, err
		}
		names, texts = append(names, s.Text(0)), append(texts, s.Text(1))
	}
	return names, texts, nil
}

// part is document for the fields with these names.
func (c conn) part(n int64, wanted []string) (names, texts []string, err error) {
	all, err := c.fields(n, wanted, math.MaxInt)
	if err != nil {
		return nil, nil, err
	}
	for i, text := range all {
		if text != "" {
			names, texts = append(names, wanted[i]), append(texts, text)
		}
	}
	return names, texts, nil
}

// fields reads the texts of some fields of a session, "" for one that does not exist. It fails with errEval if they are longer than most.
func (c conn) fields(n int64, names []string, most int) ([]string, error) {
	texts := make([]string, len(names))
	for i, name := range names {
		for s, err := range All(c.Conn, c.selectField, n, name) {
			if err != nil {
				return nil, err
			}
			text := s.Bytes(0)
			if most -= len(text); most < 0 {
				return nil, errEval
			}
			if texts[i] = string(text); texts[i] == "" {
				return nil, driver.Corrupt("value of a field")
			}
		}
	}
	return texts, nil
}

// writeField writes a field, or removes it if the text is "".
func (c conn) writeField(n int64, name, text string) error {
	if text == "" {
		return c.Run(c.deleteField, n, name)
	}
	return c.Run(c.setField, n, name, text)
}
