// Sign-in with the providers of goth, without gothic: what it keeps in a cookie of its own is in the session.
package main

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"html"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/github"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

// attempt is one way to a provider and back, as each tab has its own. Data is what the provider needs to go on.
type attempt struct {
	Provider, Data, Return string
	Begun                  time.Time
}

var (
	sessions = newSessions()
	attempts = atomicsession.NewMap[attempt]("attempts") // by state
)

func newSessions() *atomicsession.Manager {
	sessions, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{
		SignIn: "/sign-in/github",                               // with several providers: a page that offers them
		Cookie: atomicsession.CookieOptions{InsecureHTTP: true}, // for 127.0.0.1; production leaves it out
	})
	if err != nil {
		log.Fatal(err)
	}
	return sessions
}

func main() {
	provider := github.New(os.Getenv("CLIENT_ID"), os.Getenv("CLIENT_SECRET"), "http://127.0.0.1:8080/callback")
	provider.HTTPClient = &http.Client{Timeout: 10 * time.Second} // the default one waits for ever
	goth.UseProviders(provider)
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", newHandler()))
}

func newHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", home)
	mux.HandleFunc("GET /sign-in/{provider}", signIn)
	mux.HandleFunc("GET /callback", callback)
	return sessions.Middleware(sessions.ProtectCSRF(mux))
}

func home(w http.ResponseWriter, r *http.Request) {
	user, err := sessions.Get(r.Context()).User(r.Context())
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	fmt.Fprintf(w, `<!doctype html><meta name="viewport" content="width=device-width"><p>Hello %s.</p><a href="/sign-in/github">Sign in</a>`, html.EscapeString(cmp.Or(user, "stranger")))
}

func signIn(w http.ResponseWriter, r *http.Request) {
	ctx, s, state := r.Context(), sessions.Get(r.Context()), rand.Text()
	provider, err := goth.GetProvider(r.PathValue("provider"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	begun, err := provider.BeginAuth(state)
	var there string
	if err == nil {
		there, err = begun.GetAuthURL()
	}
	if err != nil {
		refuse(w, err)
		return
	}
	a := attempt{provider.Name(), begun.Marshal(), sessions.ReturnPath(r), time.Now()}
	change := attempts.At(state).Set(a)
	old, _, err := attempts.Get(ctx, s)
	if len(old) >= 10 { // which never came back
		change = attempts.Set(map[string]attempt{state: a})
	}
	if err == nil {
		err = s.Update(ctx, change)
	}
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, there, http.StatusSeeOther)
}

func callback(w http.ResponseWriter, r *http.Request) {
	ctx, s := r.Context(), sessions.Get(r.Context())
	a, ok, err := attempts.At(r.FormValue("state")).Take(ctx, s) // of all who come with it, one gets it
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	if !ok || time.Since(a.Begun) > 10*time.Minute {
		refuse(w, "a state that has been used, is over or is another visitor's")
		return
	}
	user, err := authorize(r, a)
	if err != nil {
		refuse(w, err)
		return
	}
	if err := s.SignIn(ctx, a.Provider+":"+user.UserID); err != nil { // an ID is unique at one provider
		sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, cmp.Or(a.Return, "/"), http.StatusSeeOther)
}

// authorize asks the provider whom it has signed in.
func authorize(r *http.Request, a attempt) (user goth.User, err error) {
	provider, err := goth.GetProvider(a.Provider)
	if err != nil {
		return user, err
	}
	begun, err := provider.UnmarshalSession(a.Data)
	if err != nil {
		return user, err
	}
	if _, err = begun.Authorize(provider, r.URL.Query()); err != nil {
		return user, err
	}
	return provider.FetchUser(begun)
}

func refuse(w http.ResponseWriter, why any) {
	log.Print("no sign-in: ", why)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusForbidden)
	fmt.Fprint(w, `<!doctype html><meta name="viewport" content="width=device-width"><p>This did not sign you in.</p><a href="/">Back</a>`)
}
