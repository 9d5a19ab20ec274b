package integration

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// sameSites are the kinds of cookies. With Strict a page that is opened from another site is loaded twice: see Session.CSRFToken.
var sameSites = []struct {
	name  string
	mode  http.SameSite
	loads int
}{
	{"Lax", http.SameSiteLaxMode, 1}, {"Strict", http.SameSiteStrictMode, 2}, {"None", http.SameSiteNoneMode, 1},
}

// newMallWithNeighbours is a mall with what others send visitors to. A request that ProtectCSRF denies gets a page with a form, if it can.
func newMallWithNeighbours(t *testing.T, sameSite http.SameSite) *mall {
	t.Helper()
	var m *mall
	denied := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := m.sessions.Get(r.Context()).CSRFToken(r.Context())
		m.write(w, r, fmt.Sprintf("denied, ErrCrossSite: %v", errors.Is(err, atomicsession.ErrCrossSite)), "")
	})
	m = newMall(t, atomicsession.Options{
		Cookie: atomicsession.CookieOptions{SameSite: sameSite}, CSRF: atomicsession.CSRFOptions{Denied: denied},
	})
	// change is a page that changes the session without a form of this site.
	change := func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) error {
		err := s.Update(r.Context(), count.Inc(1))
		if err == nil {
			http.Redirect(w, r, "/account", http.StatusSeeOther)
		}
		return err
	}
	m.handle(m.outside, "POST /pay/return", change)
	m.handle(m.outside, "/change", change)
	m.handle(m.outside, "POST /pay/redirect", func(w http.ResponseWriter, r *http.Request, _ *atomicsession.Session) error {
		http.Redirect(w, r, "/account", http.StatusSeeOther)
		return nil
	})
	m.handle(m.outside, "POST /saml", m.login)
	m.others.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		page := `<!doctype html><title>other</title><p>another site</p>`
		page += fmt.Sprintf(`<p><a id="link" href="%s">link</a></p>`, m.at("shop.test", "/note"))
		for id, path := range map[string]string{"pay": "/pay/return", "redirect": "/pay/redirect", "saml": "/saml", "forged": "/note"} {
			page += formHTML(m.at("shop.test", path), "", id)
		}
		_, _ = io.WriteString(w, page)
	})
	m.others.HandleFunc("GET /embed", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<!doctype html><title>other</title><p id="text"></p><script>
const change = %q, form = %q
const loaded = element => new Promise(f => {
	element.onload = element.onerror = f
	document.body.append(element)
})
Promise.allSettled([
	loaded(Object.assign(new Image(), {src: change})),
	loaded(Object.assign(document.createElement("iframe"), {src: change})),
	loaded(Object.assign(document.createElement("iframe"), {src: form})),
	fetch(change, {mode: "no-cors", credentials: "include"}),
	fetch(change, {mode: "no-cors", credentials: "include", method: "POST"}),
]).then(() => document.querySelector("#text").textContent = "all embedded").then(() => document.title = "done")
</script>`, m.at("shop.test", "/change"), m.at("shop.test", "/note"))
	})
	return m
}

// from opens another site and clicks there.
func (v *visitor) from(m *mall, id string) {
	v.t.Helper()
	v.open(m.at("other.test", "/"), "another site")
	v.clickOn("#" + id)
}

// embed has another site embed what it can of the shop.
func (v *visitor) embed(m *mall) {
	v.t.Helper()
	v.open(m.at("other.test", "/embed"), "all embedded")
}

// wantBegun fails the test unless so many sessions have begun.
func (m *mall) wantBegun(after string, want int) {
	m.t.Helper()
	if got := m.begun(); got != want {
		m.t.Errorf("%s %d sessions have begun, want %d: %q", after, got, want, m.log())
	}
}

// A visitor comes from another site, for the first time.
func TestFirstVisitFromAnotherSite(t *testing.T) {
	t.Parallel()
	for _, c := range sameSites {
		t.Run(c.name, func(t *testing.T) {
			m, v := newMallWithNeighbours(t, c.mode), newVisitor(t)
			if c.mode != http.SameSiteNoneMode {
				v.embed(m)
				v.from(m, "pay")
				v.await("Forbidden")
				v.from(m, "forged")
				v.await("denied, ErrCrossSite: true")
				m.wantBegun("after requests that may begin none", 0)
			}
			before := m.loaded("GET /note")
			m.log()
			v.from(m, "link")
			v.await(fmt.Sprintf("Your note, please, (load %d)", before+c.loads))
			if got := m.log(); !slices.Equal(got, slices.Repeat([]string{"GET /note 200"}, c.loads)) {
				t.Errorf("the link leads to %q", got)
			}
			v.clickOn("#send")
			v.await("1 noted for (load 1)")
			m.wantBegun("after a note", 1)
		})
	}
}

// Whatever another site has the browser do, a visitor stays signed in.
func TestSignedInVisitorFromAnotherSite(t *testing.T) {
	t.Parallel()
	for _, c := range sameSites {
		t.Run(c.name, func(t *testing.T) {
			m := newMallWithNeighbours(t, c.mode)
			v := shopper(t, m)
			v.clickOn("#send")
			v.await("account of ann, cart 1")
			before := m.begun()
			m.log()
			v.from(m, "link")
			v.await(fmt.Sprintf("Your note, please, ann (load %d)", c.loads))
			if got := m.log(); !slices.Equal(got, slices.Repeat([]string{"GET /note 200"}, c.loads)) {
				t.Errorf("the link leads to %q", got)
			}
			v.clickOn("#send")
			v.await("1 noted for ann")
			v.from(m, "pay")
			want := "account of ann, cart 1"
			if c.mode == http.SameSiteNoneMode {
				want = "account of ann, cart 2"
				v.await(want)
			} else {
				v.await("Forbidden")
			}
			v.from(m, "forged")
			v.await(fmt.Sprintf("denied, ErrCrossSite: %v", c.mode != http.SameSiteNoneMode))
			v.from(m, "redirect")
			v.await(want)
			v.embed(m)
			if c.mode != http.SameSiteNoneMode { // whose cookies the browser may withhold from what is embedded, and not take either
				m.wantBegun("after all of these", before)
			}
			v.open(m.at("shop.test", "/account"), "account of ann")
			v.open(m.at("shop.test", "/notes"), "1 noted for ann")
		})
	}
}

// A form of another site may sign a visitor in, if it proves itself.
func TestSignInFromAnotherSite(t *testing.T) {
	t.Parallel()
	for _, c := range sameSites {
		t.Run(c.name, func(t *testing.T) {
			m := newMallWithNeighbours(t, c.mode)
			v := shopper(t, m)
			v.from(m, "saml")
			v.await("account of ann")
			v.clickOn("#out")
			v.await("Please sign in, (load")
		})
	}
}
