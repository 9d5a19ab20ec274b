package integration

import (
	"testing"

	"github.com/atomicsession/atomicsession"
)

// Whoever signs out twice is signed out, and sees the page to sign in.
func TestSignOutTwice(t *testing.T) {
	t.Parallel()
	signedIn := func(t *testing.T) (*mall, *visitor) {
		m := newMall(t, atomicsession.Options{})
		v := shopper(t, m)
		v.clickOn("#send")
		v.await("account of ann")
		return m, v
	}
	for _, place := range []string{"out", "gone"} { // before the session has ended, and after
		t.Run("by a double click/"+place, func(t *testing.T) {
			m, v := signedIn(t)
			first, second := make(chan struct{}), make(chan struct{})
			n := 0
			m.holdAt(func(at string, _ int) {
				if at == place {
					if n++; n == 1 { // the second, if it comes here, comes after first is closed
						close(first)
						await(t, second)
					}
				}
			})
			m.log()
			v.click("#out", 2, func(int) { await(t, first) })
			v.await("Please sign in, (load")
			close(second)
			m.wantFew(4)
			v.open(m.at("shop.test", "/account"), "account of , cart 0")
		})
	}
	t.Run("in two tabs", func(t *testing.T) {
		m, v := signedIn(t)
		other := v.another()
		other.open(m.at("shop.test", "/account"), "account of ann")
		v.clickOn("#out")
		v.await("Please sign in, (load")
		m.log()
		other.clickOn("#out")
		other.await("account of , cart 0") // the page with the form, which shows that nobody is signed in
		m.wantFew(2)
	})
	t.Run("with a cookie that stays", func(t *testing.T) {
		m, v := signedIn(t)
		if n, err := m.sessions.RevokeAll(t.Context(), "ann"); n != 1 || err != nil {
			t.Fatalf("revoked %d, %v", n, err)
		}
		m.log()
		v.clickOn("#out")
		v.await("Please sign in, (load")
		m.wantFew(2)
	})
	t.Run("after another sign-in", func(t *testing.T) {
		m, v := signedIn(t)
		other := v.another()
		other.open(m.at("shop.test", "/account"), "account of ann")
		v.clickOn("#out")
		v.await("Please sign in, (load")
		v.clickOn("#send")
		v.await("account of ann, cart 0")
		m.log()
		other.clickOn("#out")
		other.await("account of ann, cart 0") // on a new form
		other.clickOn("#out")
		other.await("Please sign in, (load")
		m.wantFew(4)
	})
}
