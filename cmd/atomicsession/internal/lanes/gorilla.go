package lanes

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/sessions"
)

const gorillaCookie = "race-gorilla"

// gorillaSite is the site with gorilla/sessions, whose README begins with a CookieStore.
type gorillaSite struct{ store *sessions.CookieStore }

func newGorillaSite(c Config) (handlers, error) {
	none := func(next http.Handler) http.Handler { return next }
	return handlers{none, gorillaSite{newCookieStore(c)}}, nil
}

func newCookieStore(c Config) *sessions.CookieStore {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // which never fails
	store := sessions.NewCookieStore(key)
	store.MaxAge(int(c.MaxAge / time.Second))
	store.Options.Path = c.Path
	store.Options.Secure = c.Secure
	store.Options.HttpOnly = true
	store.Options.SameSite = http.SameSiteLaxMode
	return store
}

func (g gorillaSite) begin(w http.ResponseWriter, r *http.Request) {
	session, _ := g.store.Get(r, gorillaCookie)
	clear(session.Values)
	session.Values["code"] = secretCode
	session.Values["user"] = "ada"
	err := session.Save(r, w)
	reply(w, r, true, err)
}

func (g gorillaSite) counter(w http.ResponseWriter, r *http.Request) {
	session, _ := g.store.Get(r, gorillaCookie)
	n, _ := session.Values["visits"].(int)
	work(r.Context())
	session.Values["visits"] = n + 1
	err := session.Save(r, w)
	reply(w, r, n+1, err)
}

func (g gorillaSite) cart(w http.ResponseWriter, r *http.Request) {
	session, _ := g.store.Get(r, gorillaCookie)
	work(r.Context())
	session.Values["cart:"+r.FormValue("item")] = true
	err := session.Save(r, w)
	reply(w, r, len(items(session)), err)
}

func (g gorillaSite) code(w http.ResponseWriter, r *http.Request) {
	session, _ := g.store.Get(r, gorillaCookie)
	_, ok := session.Values["code"]
	delete(session.Values, "code")
	err := session.Save(r, w)
	work(r.Context())
	reply(w, r, ok, err)
}

func (g gorillaSite) tries(w http.ResponseWriter, r *http.Request) {
	session, _ := g.store.Get(r, gorillaCookie)
	n, _ := session.Values["tries"].(int)
	if n >= mostTries {
		reply(w, r, false, nil) // locked out
		return
	}
	session.Values["tries"] = n + 1
	err := session.Save(r, w)
	work(r.Context()) // checks the guess
	reply(w, r, true, err)
}

func (g gorillaSite) slow(w http.ResponseWriter, r *http.Request) {
	session, _ := g.store.Get(r, gorillaCookie)
	if session.Values["user"] == nil {
		reply(w, r, false, nil)
		return
	}
	work(r.Context())
	session.Values["theme"] = "dark"
	err := session.Save(r, w)
	reply(w, r, true, err)
}

func (g gorillaSite) signOut(w http.ResponseWriter, r *http.Request) {
	session, _ := g.store.Get(r, gorillaCookie)
	session.Options.MaxAge = -1
	err := session.Save(r, w)
	reply(w, r, true, err)
}

func (g gorillaSite) left(w http.ResponseWriter, r *http.Request) {
	session, _ := g.store.Get(r, gorillaCookie)
	visits, _ := session.Values["visits"].(int)
	tries, _ := session.Values["tries"].(int)
	_, code := session.Values["code"]
	_, user := session.Values["user"]
	reply(w, r, Left{Visits: visits, Tries: tries, Items: items(session), Code: code, SignedIn: user}, nil)
}

// items returns what is in the cart.
func items(session *sessions.Session) []string {
	var items []string
	for key := range session.Values {
		if item, ok := strings.CutPrefix(key.(string), "cart:"); ok {
			items = append(items, item)
		}
	}
	slices.Sort(items)
	return items
}
