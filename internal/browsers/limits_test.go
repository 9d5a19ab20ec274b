package browsers

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

// These are the shortest ways to what the model keeps out of or counts as lost. Should one of them change, so should the package
// comment.

const cookieName = "__Host-session"

func newSite(t *testing.T, opts *atomicsession.Options) *atomicsession.Manager {
	t.Helper()
	m, err := atomicsession.New(memstore.New(nil), opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// with does something in a request with a cookie, "" for none, and returns the cookie that the browser has afterwards.
func with(m *atomicsession.Manager, value string, f func(*atomicsession.Session) error) string {
	for _, c := range once(m, cookieName, value, f).Cookies() {
		value = c.Value
	}
	return value
}

func renew(changes ...atomicsession.Change) func(*atomicsession.Session) error {
	return func(s *atomicsession.Session) error { return s.Renew(ctx, changes...) }
}

func update(changes ...atomicsession.Change) func(*atomicsession.Session) error {
	return func(s *atomicsession.Session) error { return s.Update(ctx, changes...) }
}

func wantSession(t *testing.T, m *atomicsession.Manager, value, document string) {
	t.Helper()
	with(m, value, func(s *atomicsession.Session) error {
		doc, err := s.Document(ctx)
		if got, _ := s.User(ctx); got != "ann" || doc.Text() != document {
			t.Errorf("got %q, %s; want ann, %s", got, doc.Text(), document)
		}
		return err
	})
}

// Between answers: what the first click's session gets before the answer of the second click arrives is not in the second's.
func TestLimitBetweenAnswers(t *testing.T) {
	m := newSite(t, nil)
	before := with(m, "", update(atomicsession.Path("cart").Set(1)))
	first := with(m, before, renew(atomicsession.User("ann")))
	second := with(m, before, renew(atomicsession.User("ann"))) // its answer is slow
	with(m, first, update(atomicsession.Path("cart").Inc(1)))
	wantSession(t, m, first, `{"cart":2}`)
	wantSession(t, m, second, `{"cart":1}`)
}

// A sign-out of the first click's session does not end the second's, whose answer then signs the browser in again.
func TestLimitSignOutBetweenAnswers(t *testing.T) {
	m := newSite(t, nil)
	before := with(m, "", update(atomicsession.Path("cart").Set(1)))
	first := with(m, before, renew(atomicsession.User("ann")))
	second := with(m, before, renew(atomicsession.User("ann"))) // its answer is slow
	with(m, first, func(s *atomicsession.Session) error { return s.Destroy(ctx) })
	wantSession(t, m, second, `{"cart":1}`)
}

// What a first sign-in itself has proved is in the copy, which the next one with the old secret gets, though it may have proved less: a
// sign-in with an optional second factor has to say also that there was none.
func TestLimitSecondFactorOfTheFirstSignIn(t *testing.T) {
	m := newSite(t, nil)
	before := with(m, "", update(atomicsession.Path("cart").Set(1)))
	with(m, before, renew(atomicsession.User("ann"), atomicsession.Path("factor").Set(2)))
	thief := with(m, before, renew(atomicsession.User("ann"))) // he has the old cookie, and the password alone
	wantSession(t, m, thief, `{"cart":1,"factor":2}`)
}

// A link of another site, opened by a browser without Sec-Fetch headers under Strict, cannot be told from a visit.
func TestLimitOldBrowserUnderStrict(t *testing.T) {
	m := newSite(t, &atomicsession.Options{Cookie: atomicsession.CookieOptions{SameSite: http.SameSiteStrictMode}})
	r, answer := httptest.NewRequest(http.MethodGet, "https://"+host+"/", nil), httptest.NewRecorder() // Strict: no cookie
	m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := m.Get(r.Context()).Update(ctx, atomicsession.Path("a").Set(1)); err != nil {
			t.Error(err)
		}
	})).ServeHTTP(answer, r)
	var j jar
	link := via{"cross-site", http.MethodGet, "navigate", "document"}
	if c := answer.Result().Cookies(); len(c) != 1 || !j.set(time.Now(), host, link, c[0]) {
		t.Errorf("the browser keeps none of %v", c)
	}
}
