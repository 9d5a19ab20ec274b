package integration

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// A page that a sign-in in another tab has overtaken comes again by itself, with the new cookie, once.
func TestOvertakenPageMovesOn(t *testing.T) {
	t.Parallel()
	m := newMall(t, atomicsession.Options{})
	v := shopper(t, m)
	came, goOn := make(chan struct{}), make(chan struct{})
	n := 0
	m.holdAt(func(at string, _ int) {
		if at == "add" {
			if n++; n == 1 {
				close(came)
				await(t, goOn)
			}
		}
	})
	other := v.another()
	evaluate[any](other, leave(fmt.Sprintf("location.href = %q", m.at("shop.test", "/add"))))
	await(t, came)
	v.clickOn("#send")
	v.await("account of ann, cart 1")
	m.log()
	close(goOn)
	other.await("One moment")
	other.await("cart 2 of ann")
	if got, want := m.log(), []string{"GET /add 303", "GET / 200"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestEndedSessionLeadsToSignIn(t *testing.T) {
	t.Parallel()
	m := newMall(t, atomicsession.Options{})
	v := shopper(t, m)
	v.clickOn("#send")
	v.await("account of ann")
	if _, err := m.sessions.RevokeAll(t.Context(), "ann"); err != nil {
		t.Fatal(err)
	}
	m.log()
	v.open(m.at("shop.test", "/profile"), "Please sign in, (load")
	if got, want := m.log(), []string{"GET /profile 303", "GET /login 200"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	v.clickOn("#send")
	v.await("account of ann")
	v.open(m.at("shop.test", "/profile"), "profile of ann")
}

// A browser that never got the new secret moves on by itself, but not for ever.
func TestReplacedSecretComesToRest(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"/profile": {"GET /profile 410", "GET /profile 303", "GET /login 200"}, // the page of the sign-in works with that secret
		"/add":     {"GET /add 410", "GET /add 303", "GET /login 200"},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			m := newMall(t, atomicsession.Options{})
			m.holdAt(loseFirst)
			v := shopper(t, m)
			v.clickOn("#send")
			v.await("ERR_")
			m.log()
			v.open(m.at("shop.test", path), "Please sign in, (load")
			time.Sleep(3 * time.Second) // nothing is to happen
			if got := m.log(); !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
			v.clickOn("#send")
			v.await("account of ann, cart 1")
		})
	}
	t.Run("at the sign-in", func(t *testing.T) { // which cannot be asked without a session that goes on
		t.Parallel()
		m := newMall(t, atomicsession.Options{SignIn: "/profile"})
		m.holdAt(loseFirst)
		v := shopper(t, m)
		v.clickOn("#send")
		v.await("ERR_")
		m.log()
		v.open(m.at("shop.test", "/profile"), "Please try again")
		time.Sleep(3 * time.Second) // nothing is to happen
		if got, want := m.log(), []string{"GET /profile 410", "GET /profile 410"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}
