package moving

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gorilla/sessions"
	"github.com/markbates/goth"
	"github.com/markbates/goth/gothic"
	"github.com/markbates/goth/providers/faux"

	"github.com/atomicsession/atomicsession"
	gorillabridge "github.com/atomicsession/atomicsession/bridge/gorilla"
	"github.com/atomicsession/atomicsession/internal/visitor"
)

// newGothic returns a browser of an application with a sign-in by gothic.
func newGothic(t *testing.T) *visitor.Browser {
	manager, _ := visitor.NewManager(t, atomicsession.Options{})
	return browse(t, manager.Middleware(serveGothic(t, gorillabridge.New(manager))))
}

// browse returns a browser that follows no redirects.
func browse(t *testing.T, handler http.Handler) *visitor.Browser {
	b := visitor.Browse(t, handler)
	b.Client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}

// serveGothic returns an application with a sign-in as gothic's documentation has it, on a store that it sets gothic's to.
func serveGothic(t *testing.T, store sessions.Store) http.Handler {
	before := gothic.Store
	gothic.Store = store
	t.Cleanup(func() { gothic.Store = before })
	goth.UseProviders(&faux.Provider{})
	t.Cleanup(goth.ClearProviders)

	mux := http.NewServeMux()
	mux.HandleFunc("/auth/{provider}", func(w http.ResponseWriter, r *http.Request) {
		r = gothic.GetContextWithProvider(r, r.PathValue("provider"))
		gothic.BeginAuthHandler(w, r)
	})
	mux.HandleFunc("/auth/{provider}/callback", func(w http.ResponseWriter, r *http.Request) {
		r = gothic.GetContextWithProvider(r, r.PathValue("provider"))
		user, err := gothic.CompleteUserAuth(w, r)
		if err != nil {
			http.Error(w, "no sign-in", http.StatusForbidden)
			return
		}
		session, err := store.Get(r, "app")
		if err == nil {
			session.Values["user"] = user.UserID
			err = session.Save(r, w)
		}
		if err != nil {
			http.Error(w, err.Error(), atomicsession.StatusCode(err))
			return
		}
		fmt.Fprint(w, "signed in")
	})
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		session, err := store.Get(r, "app")
		fmt.Fprint(w, session.Values["user"], " ", session.Values["cart"], " ", err)
	})
	mux.HandleFunc("/buy", func(w http.ResponseWriter, r *http.Request) {
		session, err := store.Get(r, "app")
		session.Values["cart"] = "tea"
		fmt.Fprint(w, session.Save(r, w), " ", err)
	})
	mux.HandleFunc("/sign-out", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, gothic.Logout(w, r))
	})
	return mux
}

// begin begins a sign-in, and returns the state that the provider was given.
func begin(t *testing.T, b *visitor.Browser, cookies int) (state string) {
	t.Helper()
	r := b.Do(http.MethodGet, "/auth/faux", "", "")
	there, err := url.Parse(r.Header.Get("Location"))
	if state = there.Query().Get("state"); err != nil || r.Status != http.StatusTemporaryRedirect || state == "" || r.Cookies() != cookies {
		t.Errorf("begin: %d %q with %d cookies, to %v, %v", r.Status, r.Text, r.Cookies(), there, err)
	}
	return "/auth/faux/callback?state=" + url.QueryEscape(state)
}

// A visitor signs in by gothic, whose session comes and goes in the one of the application.
func TestGothic(t *testing.T) {
	b := newGothic(t)
	callback := begin(t, b, 1)
	b.Want("/auth/faux/callback?state=wrong", http.StatusForbidden, "no sign-in\n", 1) // gothic removes what it has: it was the last
	b.Want(callback, http.StatusForbidden, "no sign-in\n", 0)

	callback = begin(t, b, 0)
	b.Want(callback, http.StatusOK, "signed in", 1)
	b.Want(callback, http.StatusForbidden, "no sign-in\n", 0) // once
	b.Want("/who", http.StatusOK, "id <nil> <nil>", 0)

	// Again, as somebody with a session: gothic's Logout leaves it alone.
	b.Want("/buy", http.StatusOK, "<nil> <nil>", 0)
	b.Want(begin(t, b, 0), http.StatusOK, "signed in", 0)
	b.Want("/sign-out", http.StatusOK, "<nil>", 0)
	b.Want("/who", http.StatusOK, "id tea <nil>", 0)
}

// The sign-in of a visitor without a session of the application gives them another secret, so that nobody who knew the one before follows.
func TestGothicFixation(t *testing.T) {
	b := newGothic(t)
	callback := begin(t, b, 1)
	there, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	before := b.Client.Jar.Cookies(there)
	b.Want(callback, http.StatusOK, "signed in", 1)
	if b.Want("/who", http.StatusOK, "id <nil> <nil>", 0); len(before) != 1 {
		t.Fatal(before)
	}
	b.Client.Jar.SetCookies(there, before)
	b.Want("/who", http.StatusOK, "<nil> <nil> <nil>", 0)
}

// Of callbacks with one state that come at the same time one signs in: gothic reads and removes in two steps, but the removal gives the visitor
// another secret.
func TestGothicReplay(t *testing.T) {
	const n = 20
	b := newGothic(t)
	callback := begin(t, b, 1)
	var all sync.WaitGroup
	var signedIn atomic.Int64
	for range n {
		all.Go(func() {
			if b.Do(http.MethodGet, callback, "", "").Status == http.StatusOK {
				signedIn.Add(1)
			}
		})
	}
	all.Wait()
	if signedIn.Load() != 1 {
		t.Errorf("%d of %d have signed in", signedIn.Load(), n)
	}
	b.Want("/who", http.StatusOK, "id <nil> <nil>", 0)
}

// What other requests store while visitors sign in is not lost.
func TestGothicBeside(t *testing.T) {
	const n = 20
	b := newGothic(t)
	b.Want("/buy", http.StatusOK, "<nil> <nil>", 1)
	var all sync.WaitGroup
	var texts [n]string
	for i := range n {
		all.Go(func() {
			texts[i] = b.Do(http.MethodGet, "/auth/faux", "", "").Header.Get("Location")
		})
		all.Go(func() { b.Want("/buy", http.StatusOK, "<nil> <nil>", 0) })
	}
	all.Wait()
	for _, text := range texts {
		if !strings.Contains(text, "state=") {
			t.Errorf("begun: %q", text)
		}
	}
	b.Want("/who", http.StatusOK, "<nil> tea <nil>", 0)
	b.Want(begin(t, b, 0), http.StatusOK, "signed in", 0)
	b.Want("/who", http.StatusOK, "id tea <nil>", 0)
}
