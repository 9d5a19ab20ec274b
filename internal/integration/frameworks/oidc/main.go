// Sign-in with an OpenID provider: state, nonce and PKCE of each attempt are in the session.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"log"
	"maps"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

// attempt is one way to the provider and back, as each tab has its own.
type attempt struct {
	Nonce, Verifier, Return string
	Begun                   time.Time
}

const (
	maxAttempts = 10
	patience    = 10 * time.Minute // with one
)

var (
	sessions = newSessions()
	name     = atomicsession.NewKey[string]("name")
	attempts = atomicsession.NewMap[attempt]("attempts") // by state
)

func newSessions() *atomicsession.Manager {
	sessions, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{
		SignIn: "/sign-in",
		Cookie: atomicsession.CookieOptions{InsecureHTTP: true}, // for 127.0.0.1; production leaves it out
	})
	if err != nil {
		log.Fatal(err)
	}
	return sessions
}

func main() {
	handler, err := newHandler(context.Background(), os.Getenv("ISSUER"), oauth2.Config{
		ClientID: os.Getenv("CLIENT_ID"), ClientSecret: os.Getenv("CLIENT_SECRET"), RedirectURL: "http://127.0.0.1:8080/callback",
	})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", handler))
}

type site struct {
	client   *http.Client
	config   oauth2.Config
	verifier *oidc.IDTokenVerifier
}

func newHandler(ctx context.Context, issuer string, config oauth2.Config) (http.Handler, error) {
	s := &site{client: &http.Client{Timeout: 10 * time.Second}, config: config} // the default one waits for ever
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, s.client), issuer)
	if err != nil {
		return nil, err
	}
	s.config.Endpoint, s.config.Scopes = provider.Endpoint(), []string{oidc.ScopeOpenID, "profile"}
	s.verifier = provider.Verifier(&oidc.Config{ClientID: config.ClientID})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /sign-in", s.signIn)
	mux.HandleFunc("GET /callback", s.callback)
	return sessions.Middleware(sessions.ProtectCSRF(mux)), nil
}

func (s *site) home(w http.ResponseWriter, r *http.Request) {
	who := "stranger"
	if err := sessions.Get(r.Context()).Read(r.Context(), name.Into(&who)); err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	fmt.Fprintf(w, "<!doctype html><p>Hello %s.</p><a href=\"/sign-in\">Sign in</a>", html.EscapeString(who))
}

func (s *site) signIn(w http.ResponseWriter, r *http.Request) {
	ctx, session := r.Context(), sessions.Get(r.Context())
	begun, _, err := attempts.Get(ctx, session)
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	state := rand.Text()
	a := attempt{rand.Text(), oauth2.GenerateVerifier(), sessions.ReturnPath(r), time.Now()}
	changes := []atomicsession.Change{attempts.At(state).Set(a)}
	latest := slices.SortedFunc(maps.Keys(begun), func(a, b string) int { return begun[b].Begun.Compare(begun[a].Begun) })
	for i, old := range latest { // those that never came back
		if i >= maxAttempts-1 || time.Since(begun[old].Begun) > patience {
			changes = append(changes, attempts.At(old).Unset())
		}
	}
	if err := session.Update(ctx, changes...); err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, s.config.AuthCodeURL(state, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), http.StatusSeeOther)
}

func (s *site) callback(w http.ResponseWriter, r *http.Request) {
	ctx, session := r.Context(), sessions.Get(r.Context())
	a, ok, err := attempts.At(r.FormValue("state")).Take(ctx, session) // of all who come with it, one gets it
	if err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	if !ok || time.Since(a.Begun) > patience {
		refuse(w, "this sign-in has been used, is over or is not yours")
		return
	}
	user, called, err := s.exchange(ctx, r.FormValue("code"), a)
	if err != nil {
		log.Print(err)
		refuse(w, "the provider did not sign you in")
		return
	}
	if err := session.SignIn(ctx, user, name.Set(called)); err != nil {
		sessions.WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, cmp.Or(a.Return, "/"), http.StatusSeeOther)
}

// exchange asks the provider whom it has signed in.
func (s *site) exchange(ctx context.Context, code string, a attempt) (user, called string, err error) {
	ctx = oidc.ClientContext(ctx, s.client)
	token, err := s.config.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return "", "", err
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := s.verifier.Verify(ctx, raw)
	if err != nil {
		return "", "", err
	}
	if id.Nonce != a.Nonce { // go-oidc leaves that to the caller
		return "", "", errors.New("the ID token is of another attempt")
	}
	var claims struct{ Name string }
	err = id.Claims(&claims)
	return id.Subject, cmp.Or(claims.Name, id.Subject), err
}

func refuse(w http.ResponseWriter, why string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusForbidden)
	fmt.Fprintf(w, `<!doctype html><meta name="viewport" content="width=device-width"><p>Sorry: %s.</p><a href="/sign-in">Try again</a>`, why)
}
