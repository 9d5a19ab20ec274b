package storetest

import (
	"strings"
	"testing"
)

// InOneLine expects an error that matches one of those wanted, has one line and does not tell what must not be told: the password
// and the names of users that the tests of stores have.
func InOneLine(t *testing.T, what string, err error, want ...error) {
	t.Helper()
	if !Matches(err, want...) {
		t.Errorf("%s: error %v, want one of %v", what, err, want)
		return
	}
	for _, no := range []string{"\n", "\r", "the-password", "ada@example.org", "whose-session"} {
		if strings.Contains(err.Error(), no) {
			t.Errorf("%s: there is %q in the error %q", what, no, err)
		}
	}
}
