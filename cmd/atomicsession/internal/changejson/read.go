// Package changejson reads the changes of a session from JSON, as the demo's interface and the command take them: docs/demo.md
// says what they look like.
package changejson

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/atomicsession/atomicsession"
)

// Error is text that is not as this package wants it: it says where, and what is wrong. Any two match, by [errors.Is].
type Error struct{ Reason string }

func (e *Error) Error() string { return e.Reason }

// Is reports whether target is an Error, whatever its reason.
func (*Error) Is(target error) bool {
	_, ok := target.(*Error)
	return ok
}

// Read reads a JSON object into the struct that into points to, by the names in its fields' tags "json"; one whose tag "need" is
// not empty must be there. Empty text is an empty object. The object is plain JSON. Within it the values that sessions are to
// hold, or to be compared with, are in the text form of [driver.Value]: 1 is an integer, 1.0 a float, {"$date":"..."} a time,
// {"$binary":"..."} bytes. What is not as it should be is an [Error], which calls the text by its name; a value that no session
// can hold, such as an integer beyond int64 or text that is not UTF-8, is [atomicsession.ErrValue].
func Read(name string, text []byte, into any) error {
	switch {
	case len(text) == 0:
		text = []byte("{}")
	case !utf8.Valid(text):
		return fmt.Errorf("%w: %s is not UTF-8", atomicsession.ErrValue, name)
	case !json.Valid(text):
		return malformed("%s is not JSON", name)
	}
	o, err := newObject(name, text)
	if err != nil {
		return err
	}
	return o.read(into)
}

func malformed(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Parse reads changes from {"ops":[...],"if":[...]}, of which one may be missing; conditions are changes, too. What the changes
// are about is not looked at: that is up to what takes them.
func Parse(name string, text []byte) ([]atomicsession.Change, error) {
	var update struct {
		Ops objects `json:"ops"`
		If  objects `json:"if"`
	}
	if err := Read(name, text, &update); err != nil {
		return nil, err
	}
	if update.Ops == nil && update.If == nil {
		return nil, malformed("%s has neither %q nor %q", name, "ops", "if")
	}
	changes, err := update.Ops.changes()
	if err != nil {
		return nil, err
	}
	for _, o := range update.If {
		list, err := o.conditions()
		if err != nil {
			return nil, err
		}
		changes = append(changes, atomicsession.If(list...))
	}
	return changes, nil
}
