package mysqlstore

import (
	"database/sql"
	"fmt"
	"strconv"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// answer is what the procedure returns: a word, and what belongs to it.
type answer struct {
	word        string
	meta, texts []byte
}

func (a *answer) dest() []any { return []any{&a.word, &a.meta, &a.texts} }

func (a *answer) is(word string) bool { return a.word == word }

// readMeta returns the metadata: whoever cannot read it has lost it.
func (a *answer) readMeta(id driver.ID) (driver.Meta, error) {
	var n [5]sql.NullInt64
	user, err := numbers(string(a.meta), n[:], 4)
	if err != nil {
		return driver.Meta{}, retry.Lost(errAnswer)
	}
	m := meta{[]byte(user), n[0].Int64, n[1].Int64, n[2].Int64, n[3].Int64, n[4]}
	return m.read(id), nil
}

// next cuts the next text off: that of a value, which is missing if it is empty. Whoever cannot read it has lost it.
func (a *answer) next() (driver.Value, error) {
	const digits = 10
	if len(a.texts) < digits {
		return driver.Value{}, retry.Lost(errAnswer)
	}
	n, err := strconv.Atoi(string(a.texts[:digits]))
	if err != nil || n > len(a.texts)-digits {
		return driver.Value{}, retry.Lost(errAnswer)
	}
	text := string(a.texts[digits : digits+n])
	a.texts = a.texts[digits+n:]
	if text == "" {
		return driver.Value{}, nil
	}
	v, err := driver.ParseValue(text)
	if err != nil {
		return v, retry.Lost(driver.Corrupt(err.Error()))
	}
	return v, nil
}

// told is what the procedure has to tell about one of the steps that write: what the field is afterwards, or was if it is taken; or
// what is known beforehand.
type told struct {
	name       string
	taken, set bool
	value      driver.Value
}

// errResultLost: the update took effect, but what it returned was lost, and cannot be told from what is there now.
var errResultLost = fmt.Errorf("%w: what the update returned was lost", driver.ErrUnknownOutcome)

// result reads the answer to an update that was applied.
func (o *operation) result(a answer) (driver.Result, error) {
	meta, err := a.readMeta(o.key.ID)
	if err != nil {
		return driver.Result{}, err
	}
	r := driver.Result{Meta: meta}
	fields := make([]driver.Field, 0, len(o.told))
	for i, t := range o.told {
		v := t.value
		if !t.set {
			if v, err = a.next(); err != nil {
				return driver.Result{}, err
			}
		}
		if t.taken {
			r.Taken = append(r.Taken, v)
			v = driver.Value{}
		}
		if last := i + 1; last < len(o.told) && o.told[last].name == t.name { // of a sequence
			continue
		}
		if v.Exists() {
			fields = append(fields, driver.Field{Name: t.name, Value: v})
		}
	}
	r.Fields = driver.Doc{}.WithAll(fields...)
	return r, nil
}
