package integration

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// await waits for something that happens soon.
func await(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Error("waited in vain")
	}
}

// signIns are ways to sign in, and what is left of the cart then.
var signIns = []struct {
	name   string
	do     func(context.Context, *atomicsession.Session) error
	want   string
	clicks int // at most
}{
	{"Renew", byRenew, "account of ann, cart 1", 3},
	{"Reset", byReset, "account of ann, cart 0", 2}, // leaves nothing
}

// clicks are sign-ins that the browser gives up for the next click.
type clicks struct {
	t     *testing.T
	place string          // where each is held until the next has come, "" if nowhere
	came  []chan struct{} // closed when the n-th, from 1, has come to be held
	next  []chan struct{} // closed when it is to go on
}

func newClicks(t *testing.T, place string, n int) *clicks {
	c := &clicks{t: t, place: place}
	for range n + 1 {
		c.came, c.next = append(c.came, make(chan struct{})), append(c.next, make(chan struct{}))
	}
	return c
}

func (c *clicks) hold(at string, n int) {
	if at == "check" {
		if n > 1 {
			close(c.next[n-1])
		}
		if _, err := pbkdf2.Key(sha256.New, "secret", []byte("salt"), 20_000, 32); err != nil {
			c.t.Error(err)
		}
	}
	if at == c.place {
		close(c.came[n])
		if n < len(c.next)-1 {
			await(c.t, c.next[n])
		}
	}
}

// between clicks again when the click before has had its effect.
func (c *clicks) between(click int) {
	if c.place != "" {
		await(c.t, c.came[click])
	}
}

// shopper is a visitor with one thing in the cart, who is about to sign in.
func shopper(t *testing.T, m *mall) *visitor {
	t.Helper()
	v := newVisitor(t)
	v.open(m.at("shop.test", "/add"), "cart 1")
	v.open(m.at("shop.test", "/login"), "Please sign in")
	m.log()
	return v
}

// Whoever clicks on "Sign in" several times is signed in, and has the cart.
func TestClickTwice(t *testing.T) {
	t.Parallel()
	for _, s := range signIns {
		for when, place := range map[string]string{
			"while the password is checked": "check", "after the session has changed": "answer", "at any time": "",
		} {
			for times := 2; times <= s.clicks; times++ {
				t.Run(fmt.Sprintf("%s/%s/%d", s.name, when, times), func(t *testing.T) {
					m := newMall(t, atomicsession.Options{})
					m.signIn = s.do
					c := newClicks(t, place, times)
					m.holdAt(c.hold)
					v := shopper(t, m)
					v.click("#send", times, c.between)
					if place == "" { // the second click may come after the first answer and before its page, with the form of before
						v.await(s.want, "Please sign in, ann")
						m.wantFew(times + 2)
					} else {
						v.await(s.want)
						m.wantFew(times + 1)
					}
					v.open(m.at("shop.test", "/account"), s.want)
				})
			}
		}
	}
}

// Two tabs sign in at the same time.
func TestSignInInTwoTabs(t *testing.T) {
	t.Parallel()
	for _, s := range signIns {
		for first := range 2 {
			t.Run(fmt.Sprint(s.name, "/", first), func(t *testing.T) {
				m := newMall(t, atomicsession.Options{})
				m.signIn = s.do
				v := shopper(t, m)
				tabs := []*visitor{v, v.another()}
				tabs[1].open(m.at("shop.test", "/login"), "Please sign in")
				m.log()
				done := []chan struct{}{make(chan struct{}), make(chan struct{})}
				release := []chan struct{}{make(chan struct{}), make(chan struct{})}
				m.holdAt(func(at string, n int) {
					if at == "answer" {
						close(done[n-1])
						await(t, release[n-1])
					}
				})
				for i, tab := range tabs {
					tab.clickOn("#send")
					await(t, done[i])
				}
				for _, i := range []int{first, 1 - first} {
					close(release[i])
					tabs[i].await(s.want)
				}
				m.wantFew(4)
				for _, tab := range tabs {
					tab.open(m.at("shop.test", "/account"), s.want)
				}
			})
		}
	}
}

// The form of before the sign-in is still in the browser's memory.
func TestBackAndSignInAgain(t *testing.T) {
	t.Parallel()
	m := newMall(t, atomicsession.Options{})
	v := shopper(t, m)
	v.clickOn("#send")
	v.await("account of ann, cart 1")
	m.log()
	evaluate[any](v, leave(`history.back()`))
	v.await("Please sign in, (load 1)")
	v.clickOn("#send")
	v.await("Please sign in, ann")
	v.clickOn("#send")
	v.await("account of ann, cart 1")
	m.wantFew(4)
}

// The session has got a new secret, and the answer never arrives. The visitor comes back, signed out, and signs in.
func TestSignInAnswerIsLost(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]func(m *mall, v *visitor){
		"to the form": func(m *mall, v *visitor) {
			v.open(m.at("shop.test", "/login"), "Please sign in, (load")
			v.clickOn("#send")
		},
		"to the account": func(m *mall, v *visitor) {
			v.open(m.at("shop.test", "/account"), "account of , cart 0")
			v.open(m.at("shop.test", "/login"), "Please sign in, (load")
			v.clickOn("#send")
		},
		"by a reload": func(_ *mall, v *visitor) { v.do(chromedp.Reload()) },
	} {
		t.Run(name, func(t *testing.T) {
			m := newMall(t, atomicsession.Options{})
			m.holdAt(loseFirst)
			v := shopper(t, m)
			v.clickOn("#send")
			v.await("ERR_")
			back(m, v)
			v.await("account of ann, cart 1")
			m.wantFew(5)
		})
	}
}

// loseFirst cuts the connection before the first sign-in is answered.
func loseFirst(at string, n int) {
	if at == "answer" && n == 1 {
		panic(http.ErrAbortHandler)
	}
}

// Over HTTP/1 Chromium sends a request again by itself if a connection breaks that it has used before.
func TestSignInIsSentAgain(t *testing.T) {
	t.Parallel()
	m := newMall(t, atomicsession.Options{})
	m.overHTTP1()
	m.holdAt(loseFirst)
	v := shopper(t, m)
	v.clickOn("#send")
	v.await("account of ann, cart 1")
	m.wantFew(3)
}

// A form that was got while the secret of before was good for something is posted when it is no more. Its session has ended for this
// browser, the cart is lost, and the visitor is led to a new form.
func TestSignInFormIsTooOld(t *testing.T) {
	t.Parallel()
	m := newMall(t, atomicsession.Options{})
	m.holdAt(loseFirst)
	v := shopper(t, m)
	v.clickOn("#send")
	v.await("ERR_")
	v.open(m.at("shop.test", "/login"), "Please sign in, (load 2)")
	m.ahead.Store(int64(driver.RenewalWindow))
	m.log()
	v.clickOn("#send")
	v.await("Please sign in, (load 3)")
	v.clickOn("#send")
	v.await("account of ann, cart 0")
	m.wantFew(4)
}
