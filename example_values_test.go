package atomicsession_test

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/atomicsession/atomicsession"
)

// The claims of a sign-in have names that no path could reach. They are kept whole, and read as what they are.
func ExampleJSON() {
	type Claims struct {
		Subject string   `json:"sub"`
		Roles   []string `json:"https://app.example/roles"`
	}
	claims := atomicsession.NewKey[atomicsession.JSON[Claims]]("claims")

	callback := func(_ http.ResponseWriter, r *http.Request) {
		got := Claims{"42", []string{"editor"}}
		change := claims.Set(atomicsession.JSON[Claims]{Value: got})
		_ = sessions.Get(r.Context()).Renew(r.Context(), change, atomicsession.User(got.Subject))
	}
	page := func(_ http.ResponseWriter, r *http.Request) {
		c, ok, err := claims.Get(r.Context(), sessions.Get(r.Context()))
		fmt.Println(c.Value.Subject, c.Value.Roles, ok, err)
	}
	run(callback, page)
	// Output: 42 [editor] true <nil>
}

// A new version of the program keeps messages as structs. The text that a session still holds is no reason to lock its visitor
// out: to a lenient key it counts as absent. To another key it is an error, which has the value.
func ExampleKey_Lenient() {
	type Notice struct{ Kind, Text string }
	old := atomicsession.NewKey[string]("flash")
	flash := atomicsession.NewKey[Notice]("flash")

	before := func(_ http.ResponseWriter, r *http.Request) {
		_ = sessions.Get(r.Context()).Update(r.Context(), old.Set("Saved."))
	}
	after := func(_ http.ResponseWriter, r *http.Request) {
		s := sessions.Get(r.Context())
		_, _, err := flash.Get(r.Context(), s)
		fmt.Println(err)
		if typeErr, ok := errors.AsType[*atomicsession.TypeError](err); ok {
			fmt.Println(typeErr.Value.Text())
		}
		_, ok, err := flash.Lenient().Take(r.Context(), s)
		fmt.Println(ok, err)
	}
	run(before, after)
	// Output:
	// session get: get "flash": wrong type: a stored string does not fit type atomicsession_test.Notice
	// "Saved."
	// false <nil>
}
