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
	word                                 string
	user                                 []byte
	created, lastUsed, expires, lifetime sql.NullInt64
	deadline                             sql.NullInt64
	texts                                []byte
}

func (a *answer) dest() []any {
	return []any{&a.word, &a.user, &a.created, &a.lastUsed, &a.expires, &a.lifetime, &a.deadline, &a.texts}
}

func (a *answer) is(word string) bool { return a.word == word }

func (a *answer) meta(id driver.ID) driver.Meta {
	m := meta{a.user, a.created.Int64, a.lastUsed.Int64, a.expires.Int64, a.lifetime.Int64, a.deadline}
	return m.read(id)
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
	r := driver.Result{Meta: a.meta(o.key.ID)}
	fields := make([]driver.Field, 0, len(o.told))
	for i, t := range o.told {
		v := t.value
		if !t.set {
			var err error
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
