package driver_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/atomicsession/atomicsession/driver"
)

// TestErrorsAreShort: a visitor's names of a megabyte do not make lines of that length in logs and answers.
func TestErrorsAreShort(t *testing.T) {
	name := strings.Repeat("é", 500_000)
	for _, u := range []driver.Update{
		{Ops: ops(unset(driver.Path(name)))},
		{Ops: ops(unset(driver.Path("a."+name)), unset(driver.Path("a."+name)))},
		{If: conds(where(driver.Path("a."+name), driver.Eq, `1`))},
		{Ops: ops(rename("a", driver.Path(name)))},
		{Ops: ops(elements("a", nil, unset(driver.Path(name))))},
		{Ops: ops(inc(driver.Path("s."+name), `1`)), Limits: driver.Limits{Name: 2_000_000}},
	} {
		err := u.Validate()
		if err == nil {
			_, _, err = driver.Eval(t.Context(), doc(`{"s":"x"}`), &u, now)
		}
		if err == nil || len(err.Error()) > 2048 || !utf8.ValidString(err.Error()) {
			t.Errorf("an error of %d bytes, want one of few", len(fmt.Sprint(err)))
		}
	}
}
