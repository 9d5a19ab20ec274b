package atomicsession_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// again is what a request does that carries the secret of before a sign-in.
type again struct {
	name   string
	before []call // what the browser does first, the sign-in included, in the order of its answers
	do     call
	want   string // the document of the session that the request then has; "" if it has none
	err    error
}

func signIn(changes ...atomicsession.Change) call {
	return renew(append(changes, atomicsession.User("ada"))...)
}

// Who signs in twice, since the first answer was slow or got lost, goes on with what was in the session, whichever of the answers
// is the last to arrive. Nobody else gets at it with the secret of before.
func TestSignInAgain(t *testing.T) {
	exists := atomicsession.If(atomicsession.Path("cart").Exists())
	for _, c := range []again{
		{"twice", []call{signIn()}, signIn(), `{"cart":1}`, nil},
		{"with changes", []call{signIn(atomicsession.Path("logins").Inc(1))}, signIn(atomicsession.Path("logins").Inc(1)), `{"cart":1,"logins":2}`, nil},
		{"after updates", []call{signIn(), update(atomicsession.Path("cart").Inc(1))}, signIn(), `{"cart":2}`, nil},
		{"of another user", []call{signIn()}, renew(atomicsession.User("bob")), `{}`, nil},
		{"without a user", []call{signIn()}, renew(atomicsession.Path("a").Set(1)), `{"a":1}`, nil},
		{"of nobody", []call{signIn()}, renew(atomicsession.User(""), atomicsession.Path("a").Set(1)), `{"a":1}`, nil},
		{"to a session of another user", []call{renew(atomicsession.User("bob"))}, signIn(), `{}`, nil},
		{"after a renewal of nobody", []call{renew()}, signIn(), `{}`, nil},
		{"after a second factor", []call{signIn(), renew(atomicsession.Path("factor").Set(2))}, signIn(), `{}`, nil},
		{"after a sign-out", []call{signIn(), destroy}, signIn(), `{}`, nil},
		{"after a sign-out by Reset", []call{signIn(), reset()}, signIn(), `{}`, nil},
		{"after a sign-in by Reset", []call{reset(atomicsession.User("ada"), atomicsession.Path("b").Set(1))}, signIn(), `{}`, nil},
		{"by Reset", []call{signIn()}, reset(atomicsession.User("ada")), `{}`, nil},
		{"on a condition", []call{signIn()}, signIn(exists), "", atomicsession.ErrCondition},
		{"on a condition that holds for nothing", []call{signIn()}, signIn(atomicsession.If(atomicsession.Path("cart").Absent())), `{}`, nil},
		{"sign-out instead", []call{signIn()}, destroy, "", atomicsession.ErrRenewed},
		{"sign-out by Reset instead", []call{signIn()}, reset(), "", atomicsession.ErrRenewed},
		{"a change instead", []call{signIn()}, update(atomicsession.Path("a").Set(1)), "", atomicsession.ErrRenewed},
	} {
		for _, seen := range []bool{false, true} {
			name := c.name
			if seen {
				if !slices.Contains(seenBefore, c.name) {
					continue // it is told that the session has ended which it has seen
				}
				name += ", seen before"
			}
			t.Run(name, func(t *testing.T) {
				site := newSite(t, nil)
				b := site.browser()
				b.must(atomicsession.Path("cart").Set(1))
				old := b.clone()
				old.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
					if seen {
						if err := info(r.Context(), s); err != nil {
							t.Error(err)
						}
					}
					for _, f := range c.before {
						if err := b.do(f); err != nil {
							t.Fatal(err)
						}
					}
					if err := c.do(r.Context(), s); !errors.Is(err, c.err) {
						t.Errorf("got %v, want %v", err, c.err)
					}
				})
				if c.want != "" {
					old.wantDocument(c.want)
				}
			})
		}
	}
}

// seenBefore are those in which it makes no difference whether the request has seen the session alive.
var seenBefore = []string{
	"twice", "with changes", "after updates", "by Reset",
}

// overtaken returns a browser with the secret of before a sign-in.
func overtaken(t *testing.T) (*site, *browser) {
	t.Helper()
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("cart").Set(1))
	old := b.clone()
	if err := b.do(signIn()); err != nil {
		t.Fatal(err)
	}
	return site, old
}

// A renewal that is no sign-in, and leaves nothing to store, has renewed nothing.
func TestRenewalOfNothing(t *testing.T) {
	_, old := overtaken(t)
	for _, do := range []call{renew(), renew(atomicsession.Label("x")), renew(atomicsession.Path("cart").Unset()), renew(atomicsession.User(""))} {
		if err := old.do(do); !errors.Is(err, atomicsession.ErrRenewed) {
			t.Errorf("got %v", err)
		}
	}
}

// A limit that was lowered does not keep a visitor from signing in again: the copy is no larger than what there is.
func TestSignInAgainOverTheLimit(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("cart").Set(strings.Repeat("x", 2000)))
	site.deploy(t, atomicsession.Options{Limits: atomicsession.Limits{Size: 1000}})
	old, larger := b.clone(), b.clone()
	if err := b.do(signIn()); err != nil {
		t.Fatal(err)
	}
	if err := old.do(signIn()); err != nil {
		t.Error(err)
	}
	if err := larger.do(signIn(atomicsession.Path("a").Set(1))); !errors.Is(err, atomicsession.ErrTooLarge) {
		t.Errorf("a larger one: %v", err)
	}
}

// A request sees nothing through the secret of before, and what it begins is a session of its own, which others of the same
// browser do not know of.
func TestSignInAgainIsASessionOfItsOwn(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("cart").Set(1))
	second, third := b.clone(), b.clone()
	for i, tab := range []*browser{b, second, third} {
		err := tab.do(func(ctx context.Context, s *atomicsession.Session) error {
			if doc, err := s.Document(ctx); err != nil || doc.Len() > 0 != (i == 0) {
				t.Errorf("click %d: sees %s, %v", i+1, doc.Text(), err)
			}
			return signIn(atomicsession.Label("laptop"))(ctx, s)
		})
		if err != nil {
			t.Fatal(err)
		}
		tab.wantDocument(`{"cart":1}`)
		if info, _ := tab.info(); info.User != "ada" || info.Label != "laptop" {
			t.Errorf("click %d: %+v", i+1, info)
		}
	}
	second.must(atomicsession.Path("cart").Inc(1))
	b.wantDocument(`{"cart":1}`)
	third.wantDocument(`{"cart":1}`)
	if list, err := site.sessions.UserSessions(t.Context(), "ada"); len(list) != 3 || err != nil {
		t.Errorf("%d sessions are listed, %v", len(list), err)
	}
}

// The label and the choice whether the cookie outlives the browser go along.
func TestSignInAgainKeepsChoices(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	if err := b.do(renew(atomicsession.Path("cart").Set(1), atomicsession.Persistent(false), atomicsession.Label("kiosk"))); err != nil {
		t.Fatal(err)
	}
	old := b.clone()
	if err := b.do(signIn()); err != nil {
		t.Fatal(err)
	}
	resp := old.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		if err := signIn()(r.Context(), s); err != nil {
			t.Error(err)
		}
	})
	if c := sessionCookie(resp); c == nil || c.MaxAge != 0 {
		t.Errorf("the cookie is %v", c)
	}
	if info, _ := old.info(); info.Label != "kiosk" {
		t.Errorf("the label is %q", info.Label)
	}
}

// A store that cannot be asked is no reason to lose what was in the session: nothing begins, and the visitor may try again.
func TestSignInAgainWithoutTheStore(t *testing.T) {
	site, old := overtaken(t)
	site.store.fail(driver.ErrUnavailable, "load")
	if err := old.do(signIn()); !errors.Is(err, atomicsession.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	site.store.before(nil)
	if err := old.do(signIn()); err != nil {
		t.Fatal(err)
	}
	old.wantDocument(`{"cart":1}`)
}

// The window ends, and with it what the old secret is good for.
func TestSignInAgainTooLate(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("cart").Set(1))
	atTheEnd, after := b.clone(), b.clone()
	if err := b.do(signIn()); err != nil {
		t.Fatal(err)
	}
	site.clock.advance(driver.RenewalWindow - time.Millisecond)
	if err := atTheEnd.do(signIn()); err != nil {
		t.Error(err)
	}
	atTheEnd.wantDocument(`{"cart":1}`)
	site.clock.advance(time.Millisecond)
	if err := after.do(signIn()); err != nil {
		t.Error(err)
	}
	after.wantDocument(`{}`)
}

// The form of the sign-in works with the secret of before, and signs in.
func TestSignInFormWithTheReplacedSecret(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("cart").Set(1))
	old := b.clone()
	early := csrfOf(t, old)
	if err := b.do(signIn()); err != nil {
		t.Fatal(err)
	}
	site.store.took()
	late := csrfOf(t, old)
	wantCalls(t, site.store, "load")
	if old.token() == b.token() {
		t.Fatal("the form has begun a session, or handed a secret out")
	}
	for name, token := range map[string]string{"got before": early, "got after": late} {
		tab := old.clone()
		if err := tab.do(verify(token)); err != nil {
			t.Errorf("a form %s the sign-in: %v", name, err)
		}
		if err := tab.do(verify(csrfOf(t, b))); !errors.Is(err, atomicsession.ErrCSRF) {
			t.Errorf("a token of the new secret: %v", err)
		}
		if err := tab.do(signIn()); err != nil {
			t.Error(err)
		}
		tab.wantDocument(`{"cart":1}`)
	}
	wantCSRF(t, "for the new secret", b, late, false)
}
