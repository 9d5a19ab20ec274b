package main

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"github.com/atomicsession/atomicsession/internal/integration/frameworks/internal/browser"
)

// newSite serves the program with a provider of its own, and returns a browser for it.
func newSite(t *testing.T) (*browser.Browser, *provider) {
	t.Helper()
	p := newProvider(t)
	server := httptest.NewUnstartedServer(nil)
	site := "http://" + server.Listener.Addr().String()
	handler, err := newHandler(t.Context(), p.URL, oauth2.Config{
		ClientID: clientID, ClientSecret: clientSecret, RedirectURL: site + "/callback",
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = handler
	server.Start()
	t.Cleanup(server.Close)
	return browser.For(t, site), p
}

// toProvider opens /sign-in, as a tab of its own does, and returns the request that the provider has got, and where it leads back to.
func toProvider(t *testing.T, b *browser.Browser, path string) (asked url.Values, callback string) {
	t.Helper()
	follow := b.CheckRedirect
	defer func() { b.CheckRedirect = follow }()
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	authorize, err := b.Get(path).Want(303).Location()
	if err != nil {
		t.Fatal(err)
	}
	back, err := b.Get(authorize.String()).Want(303).Location()
	if err != nil {
		t.Fatal(err)
	}
	return authorize.Query(), back.String()
}

// come follows the provider's redirect: a navigation that another site has begun.
func come(t *testing.T, b *browser.Browser, callback string) *browser.Answer {
	t.Helper()
	return b.Do(t.Context(), http.MethodGet, callback, nil, http.Header{"Sec-Fetch-Site": {"cross-site"}})
}

func TestSignIn(t *testing.T) {
	b, p := newSite(t)
	user := rand.Text()
	p.signsIn(user)
	b.Get("/").Want(200, "Hello stranger")
	_, callback := toProvider(t, b, "/sign-in")
	before := b.Session()
	come(t, b, callback).Want(200, "Hello Miss "+user).WantPath("/")
	if b.Session() == before {
		t.Error("the sign-in leaves the secret as it was")
	}
	p.signsIn("bob")
	b.Get("/sign-in?return=%2F%3Ftab%3D2").Want(200, "Hello Miss bob").WantPath("/?tab=2")
	if list, err := sessions.UserSessions(t.Context(), user); err != nil || len(list) != 0 {
		t.Errorf("the session of who was signed in before: %v, %v", list, err)
	}
}

// Each tab has its own attempt, whichever comes back first.
func TestTabs(t *testing.T) {
	b, _ := newSite(t)
	_, one := toProvider(t, b, "/sign-in?return=%2F%3Fone")
	_, two := toProvider(t, b, "/sign-in?return=%2F%3Ftwo")
	come(t, b, two).Want(200, "Hello Miss ann").WantPath("/?two")
	come(t, b, one).Want(200, "Hello Miss ann").WantPath("/?one")
}

// Two tabs come back at the same moment: whom the other one has overtaken is led on by a page, which asks again with the new cookie.
func TestTabsAtOnce(t *testing.T) {
	b, _ := newSite(t)
	_, one := toProvider(t, b, "/sign-in")
	_, two := toProvider(t, b, "/sign-in")
	var group sync.WaitGroup
	for _, callback := range []string{one, two} {
		group.Go(func() {
			answer := come(t, b, callback)
			if answer.StatusCode == http.StatusGone {
				answer.Want(410, "One moment")
				answer = come(t, b, callback)
			}
			answer.Want(200, "Hello Miss ann")
		})
	}
	group.Wait()
	b.Get("/").Want(200, "Hello Miss ann")
}

// A request that was sent before the other tab's sign-in, and is looked at after it.
func TestOvertaken(t *testing.T) {
	b, _ := newSite(t)
	_, one := toProvider(t, b, "/sign-in")
	_, two := toProvider(t, b, "/sign-in")
	old := b.Copy()
	come(t, b, one).Want(200, "Hello Miss ann")
	come(t, old, two).Want(410, "One moment")
	come(t, b, two).Want(200, "Hello Miss ann")
}

func TestRefused(t *testing.T) {
	b, p := newSite(t)
	asked, callback := toProvider(t, b, "/sign-in")
	other, second := toProvider(t, b, "/sign-in")
	stranger := b.Another()
	come(t, stranger, callback).Want(403, "not yours") // whose session has no such attempt: a link by which a visitor would sign in as another
	if stranger.Session() != "" {
		t.Error("a callback begins a session")
	}
	come(t, b, "/callback?code=1&state=wrong").Want(403, "not yours")
	come(t, b, "/callback").Want(403, "not yours")
	come(t, b, callback).Want(200, "Hello Miss ann")
	come(t, b, callback).Want(403, "has been used")

	u, err := url.Parse(second)
	if err != nil {
		t.Fatal(err)
	}
	p.setNonce(u.Query().Get("code"), asked.Get("nonce"))
	come(t, b, second).Want(403, "did not sign you in") // the nonce of the first tab
	come(t, b, second).Want(403, "has been used")
	if asked.Get("nonce") == other.Get("nonce") || asked.Get("code_challenge") == other.Get("code_challenge") {
		t.Error("two attempts have the same nonce or challenge")
	}
}

// A code that was stolen on its way is of no use without the verifier, which never leaves the session of its attempt.
func TestVerifier(t *testing.T) {
	b, _ := newSite(t)
	_, one := toProvider(t, b, "/sign-in")
	_, two := toProvider(t, b, "/sign-in")
	first, err := url.Parse(one)
	if err != nil {
		t.Fatal(err)
	}
	second, err := url.Parse(two)
	if err != nil {
		t.Fatal(err)
	}
	mixed := url.Values{"code": first.Query()["code"], "state": second.Query()["state"]}
	come(t, b, "/callback?"+mixed.Encode()).Want(403, "did not sign you in")
}

// Of callbacks that arrive at the same moment with one state, one comes through.
func TestOneWinner(t *testing.T) {
	b, _ := newSite(t)
	_, callback := toProvider(t, b, "/sign-in")
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var mu sync.Mutex
	got := make(map[int]int)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			answer := come(t, b, callback)
			mu.Lock()
			defer mu.Unlock()
			got[answer.StatusCode]++
		})
	}
	group.Wait()
	if got[303] != 1 || got[303]+got[403]+got[410] != 8 { // 410: overtaken by the sign-in
		t.Errorf("the answers are %v", got)
	}
}

// Attempts that never come back do not pile up.
func TestBound(t *testing.T) {
	b, _ := newSite(t)
	_, first := toProvider(t, b, "/sign-in")
	var latest string
	for range 3 * maxAttempts {
		_, latest = toProvider(t, b, "/sign-in")
	}
	come(t, b, first).Want(403, "is over")
	come(t, b, latest).Want(200, "Hello Miss ann")
	list, err := sessions.UserSessions(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range list {
		var left map[string]attempt
		if _, err := sessions.ReadSession(t.Context(), "ann", info.ID, attempts.Into(&left)); err != nil || len(left) >= maxAttempts {
			t.Errorf("%d attempts are left, %v", len(left), err)
		}
	}
}

func TestEnded(t *testing.T) {
	b, p := newSite(t)
	p.signsIn("cat")
	b.Get("/sign-in").Want(200, "Hello Miss cat")
	_, callback := toProvider(t, b, "/sign-in")
	if _, err := sessions.RevokeAll(t.Context(), "cat"); err != nil {
		t.Fatal(err)
	}
	b.Get("/").Want(200, "Hello stranger")
	come(t, b, callback).Want(403, `href="/sign-in"`)
	b.Get("/sign-in").Want(200, "Hello Miss cat")
}

// With response_mode=form_post the answer is a POST of another site, which gets no cookie under SameSite=Lax.
func TestFormPost(t *testing.T) {
	b, _ := newSite(t)
	_, callback := toProvider(t, b, "/sign-in")
	foreign := http.Header{"Sec-Fetch-Site": {"cross-site"}}
	b.Another().Do(t.Context(), http.MethodPost, callback, url.Values{}, foreign).Want(403, "Forbidden")
}
