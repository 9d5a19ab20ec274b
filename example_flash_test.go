package atomicsession_test

import (
	"fmt"
	"net/http"

	"github.com/atomicsession/atomicsession"
)

// A message for the next page, which shows it once. Whether it could be stored is nobody's concern: what it tells of has been done.
func ExampleFlash() {
	notices := atomicsession.NewFlash[string]("notices")

	save := func(_ http.ResponseWriter, r *http.Request) { // which then redirects to the page
		notices.Add(r.Context(), sessions.Get(r.Context()), "Your profile was saved.")
	}
	page := func(_ http.ResponseWriter, r *http.Request) {
		fmt.Printf("%q\n", notices.Take(r.Context(), sessions.Get(r.Context())))
	}
	run(save, page, page)
	// Output:
	// ["Your profile was saved."]
	// []
}
