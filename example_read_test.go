package atomicsession_test

import (
	"fmt"
	"net/http"

	"github.com/atomicsession/atomicsession"
)

// What a page shows is read in one step, with one error: places that are empty leave their defaults.
func ExampleSession_Read() {
	nick := atomicsession.NewKey[string]("nick")
	visits := atomicsession.NewCounter("visits")

	arrive := func(w http.ResponseWriter, r *http.Request) {
		s := sessions.Get(r.Context())
		if err := s.Renew(r.Context(), atomicsession.User("42"), visits.Inc(3)); err != nil {
			sessions.WriteError(w, r, err)
		}
	}
	page := func(w http.ResponseWriter, r *http.Request) {
		user, name, n := "nobody", "stranger", int64(0)
		err := sessions.Get(r.Context()).Read(r.Context(), atomicsession.UserInto(&user), nick.Into(&name), visits.Into(&n))
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		fmt.Printf("user %s, %s, visit %d\n", user, name, n)
	}
	run(arrive, page)
	// Output: user 42, stranger, visit 3
}
