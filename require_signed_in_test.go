package atomicsession_test

import (
	"net/http"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// Nobody sees the page without a sign-in, whoever signs in comes back to it, and whoever has signed out has to again.
func TestRequireSignedIn(t *testing.T) {
	store := newStore()
	m := newManager(t, store, &atomicsession.Options{SignIn: "/login"})
	mux := http.NewServeMux()
	mux.Handle("/account", m.RequireSignedIn(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("account")) })))
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("login")) })
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		must(t, m.Get(r.Context()).Renew(r.Context(), atomicsession.User("ann")))
		http.Redirect(w, r, m.ReturnPath(r), http.StatusSeeOther)
	})
	mux.HandleFunc("POST /logout", func(_ http.ResponseWriter, r *http.Request) { must(t, m.Get(r.Context()).Reset(r.Context())) })
	b := newVisitor(t, m.Middleware(mux))
	if status := b.fetch("/account"); status != http.StatusForbidden {
		t.Errorf("a script gets %d", status)
	}
	if got := b.navigate(http.MethodGet, "/account?a=1", ""); got != "login" {
		t.Errorf("the visitor sees %q", got)
	}
	if got := b.navigate(http.MethodPost, b.at, ""); got != "account" {
		t.Errorf("after the sign-in the visitor sees %q", got)
	}
	if status := b.fetch("/account?a=2"); status != http.StatusOK {
		t.Errorf("a script of the page gets %d", status)
	}
	b.navigate(http.MethodPost, "/logout", "")
	if status := b.fetch("/account"); status != http.StatusForbidden {
		t.Errorf("after the sign-out a script gets %d", status)
	}
	b.navigate(http.MethodPost, "/login", "")
	store.fail(driver.ErrUnavailable)
	if status := b.fetch("/account"); status != http.StatusServiceUnavailable {
		t.Errorf("without the store a script gets %d", status)
	}
}
