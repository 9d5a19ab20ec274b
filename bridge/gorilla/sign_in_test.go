package gorillabridge_test

import (
	"net/http"
	"testing"

	"github.com/gorilla/sessions"

	gorillabridge "github.com/atomicsession/atomicsession/bridge/gorilla"
)

// Who knows the cookie of before a sign-in, or a sign-out, does not follow. What others have stored stays.
func TestSignInKeys(t *testing.T) {
	site := newSite(t)
	site.store.(*gorillabridge.Store).SignInKeys = []string{"user.id"}
	b := site.browser()
	want := func(what string, cookies []*http.Cookie, n int) {
		t.Helper()
		if len(cookies) != n {
			t.Errorf("%s: cookies %v", what, cookies)
		}
	}
	want("begin", b.must("cart", set("tea", 1)), 1)
	want("change", b.must("auth", set("seen", true)), 0)
	for what, signOut := range map[string]func(*sessions.Session){
		"another user": set("user.id", 43), "deleted": func(s *sessions.Session) { delete(s.Values, "user.id") }, "removed": remove,
	} {
		b.must("auth", remove)
		thief := b.clone()
		want("sign in", b.must("auth", set("user.id", 42)), 1)
		want("the same user", b.must("auth", set("user.id", 42)), 0)
		want("change", b.must("auth", set("seen", 1)), 0)
		thief.holds("auth", nothing)
		_, err := thief.change("cart", set("milk", 1))
		ended(t, "change with the cookie of before", err)

		thief = b.clone()
		_, err = b.clone().change("auth", func(s *sessions.Session) {
			s.Values["slow"] = true
			want(what, b.must("auth", signOut), 1)
		})
		ended(t, "slow save", err)
		thief.holds("auth", nothing)
		thief.holds("cart", nothing)
		b.holds("cart", map[any]any{"tea": 1})
	}
	b.must("auth", set("user.id", 42))
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		session, err := b.store.Get(r, "auth")
		if err != nil {
			t.Error(err)
		}
		session.Values["user.id"] = 43
		if err := session.Save(r, w); err != nil {
			t.Error(err)
		}
		session.Values["seen"] = 2 // it goes on with the new secret
		if err := session.Save(r, w); err != nil {
			t.Error(err)
		}
	})
	b.holds("auth", map[any]any{"user.id": 43, "seen": 2})
}

// Where no cookie can reach the browser any more a sign-out is done all the same, and leaves the other names alone.
func TestSignOutLate(t *testing.T) {
	site := newSite(t)
	site.store.(*gorillabridge.Store).SignInKeys = []string{"id"}
	b := site.browser()
	b.must("cart", set("tea", 1))
	b.must("auth", set("id", 42))
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		session, err := b.store.Get(r, "auth")
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusOK)
		remove(session)
		if err := session.Save(r, w); err != nil {
			t.Error(err)
		}
	})
	b.holds("auth", nothing)
	b.holds("cart", map[any]any{"tea": 1})
}
