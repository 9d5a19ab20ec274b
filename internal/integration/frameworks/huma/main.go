// A JSON API with huma: a cart, sign-in, and the errors of sessions as problem details.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

var (
	sessions = newSessions()
	cart     = atomicsession.NewList[string]("cart")
)

func newSessions() *atomicsession.Manager {
	sessions, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{
		Cookie: atomicsession.CookieOptions{InsecureHTTP: true}, // for 127.0.0.1; production leaves it out
	})
	if err != nil {
		log.Fatal(err)
	}
	return sessions
}

func main() {
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", newHandler()))
}

func newHandler() http.Handler {
	huma.NewErrorWithContext = newError
	mux := http.NewServeMux()
	api := humago.New(mux, huma.DefaultConfig("Shop", "1.0.0"))
	huma.Get(api, "/session", show)
	huma.Post(api, "/cart", add)
	huma.Post(api, "/sign-in", signIn)
	huma.Post(api, "/sign-out", signOut)
	return sessions.Middleware(sessions.ProtectCSRF(mux))
}

// newError answers what a handler returns: an error of a session by its status, and without its text.
func newError(ctx huma.Context, status int, text string, errs ...error) huma.StatusError {
	err, ok := errors.AsType[*atomicsession.Error](errors.Join(errs...))
	if !ok {
		return huma.NewError(status, text, errs...)
	}
	if errors.Is(err, atomicsession.ErrNotFound) {
		ctx.SetHeader("Retry-After", "1") // nothing was changed: the script may try again, with the cookie that it has by then
	}
	status = atomicsession.StatusCode(err)
	return huma.NewError(status, http.StatusText(status))
}

type sessionOutput struct {
	Body struct {
		User string   `json:"user,omitempty"`
		Cart []string `json:"cart"`
		CSRF string   `json:"csrf" doc:"for the header X-CSRF-Token, until the next sign-in"`
	}
}

func show(ctx context.Context, _ *struct{}) (*sessionOutput, error) {
	s := sessions.Get(ctx)
	out := new(sessionOutput)
	var err error
	if out.Body.CSRF, err = s.CSRFToken(ctx); err == nil {
		out.Body.User, err = s.User(ctx)
	}
	if err == nil {
		err = s.Read(ctx, cart.Into(&out.Body.Cart))
	}
	return out, err
}

func add(ctx context.Context, in *struct {
	Body struct {
		Item string `json:"item" minLength:"1" maxLength:"100"`
	}
},
) (*struct{}, error) {
	return nil, sessions.Get(ctx).Update(ctx, cart.Push(in.Body.Item))
}

func signIn(ctx context.Context, in *struct {
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"100"`
		Password string `json:"password" maxLength:"100"`
	}
},
) (*sessionOutput, error) {
	if in.Body.Password != "correct horse" { // yours asks the database, and compares a slow hash
		return nil, huma.Error401Unauthorized("wrong name or password")
	}
	if err := sessions.Get(ctx).SignIn(ctx, in.Body.Name); err != nil {
		return nil, err
	}
	return show(ctx, nil) // with the new token
}

func signOut(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, sessions.Get(ctx).Destroy(ctx)
}
