package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/internal/integration/frameworks/internal/browser"
)

// answer is what the API says: of a session or of a problem.
type answer struct {
	code   int
	header http.Header

	User, CSRF, Title, Detail string
	Cart                      []string
	Errors                    []any
}

// call makes the request of a script of the site.
func call(t *testing.T, b *browser.Browser, method, path, token string, body any) *answer {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, b.Site+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json"}, "X-Csrf-Token": {token},
		"Sec-Fetch-Site": {"same-origin"}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Dest": {"empty"},
	}
	resp, err := b.Client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	a := &answer{code: resp.StatusCode, header: resp.Header}
	if text, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	if mediaType := resp.Header.Get("Content-Type"); mediaType == "application/json" || mediaType == "application/problem+json" {
		if err := json.Unmarshal(text, a); err != nil {
			t.Errorf("%v: %s", err, text)
		}
	}
	return a
}

func get(t *testing.T, b *browser.Browser) *answer {
	t.Helper()
	return call(t, b, http.MethodGet, "/session", "", nil).want(t, 200)
}

func signInAs(t *testing.T, b *browser.Browser, user string) *answer {
	t.Helper()
	return call(t, b, http.MethodPost, "/sign-in", get(t, b).CSRF, map[string]string{"name": user, "password": "correct horse"}).want(t, 200)
}

func put(t *testing.T, b *browser.Browser, token string) *answer {
	t.Helper()
	return call(t, b, http.MethodPost, "/cart", token, map[string]string{"item": "tea"})
}

func (a *answer) want(t *testing.T, code int) *answer {
	t.Helper()
	if a.code != code {
		t.Errorf("the answer is %+v, want %d", a, code)
	}
	return a
}

func TestSession(t *testing.T) {
	b := browser.New(t, newHandler())
	first := get(t, b)
	before := b.Session()
	put(t, b, first.CSRF).want(t, 204)
	if a := signInAs(t, b, "ann"); a.User != "ann" || len(a.Cart) != 1 || a.Cart[0] != "tea" || b.Session() == before {
		t.Errorf("the session after the sign-in is %+v, its cookie new: %t", a, b.Session() != before)
	} else {
		put(t, b, a.CSRF).want(t, 204)
	}
	put(t, b, first.CSRF).want(t, 403) // of before the sign-in
	put(t, b, "").want(t, 403)
	wrong := call(t, b, http.MethodPost, "/sign-in", get(t, b).CSRF, map[string]string{"name": "ann", "password": ""}).want(t, 401)
	if wrong.Detail != "wrong name or password" {
		t.Errorf("a wrong password is answered by %+v", wrong)
	}
	call(t, b, http.MethodPost, "/cart", get(t, b).CSRF, map[string]string{"item": ""}).want(t, 422)
	if a := get(t, b); len(a.Cart) != 2 {
		t.Errorf("the cart is %q", a.Cart)
	}
	call(t, b, http.MethodPost, "/sign-out", get(t, b).CSRF, nil).want(t, 204)
	if b.Session() != "" {
		t.Error("the cookie is still there")
	}
}

func TestOverlap(t *testing.T) {
	b := browser.New(t, newHandler())
	token := get(t, b).CSRF
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() { put(t, b, token).want(t, 204) })
	}
	group.Wait()
	if a := get(t, b); len(a.Cart) != 10 {
		t.Errorf("the cart is %q", a.Cart)
	}
}

// The documentation uses no session, and so begins none.
func TestDocumentation(t *testing.T) {
	b := browser.New(t, newHandler())
	if b.Get("/openapi.json").Want(200, `"/cart"`).WantHeader("Vary", ""); b.Session() != "" {
		t.Error("there is a cookie")
	}
}

func TestEnded(t *testing.T) {
	b := browser.New(t, newHandler())
	token := signInAs(t, b, "bob").CSRF
	if _, err := sessions.RevokeAll(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	if a := put(t, b, token).want(t, 410); a.header.Get("Retry-After") != "1" {
		t.Errorf("there is no Retry-After: %v", a.header)
	}
	put(t, b, get(t, b).CSRF).want(t, 204)
}

// What handlers return: an error of a session has its status and not its text, any other one is huma's.
func TestErrors(t *testing.T) {
	newHandler()
	mux := http.NewServeMux()
	api := humago.New(mux, huma.DefaultConfig("Errors", "1.0.0"))
	errs := map[string]error{
		"/condition": &atomicsession.Error{Op: "update", Err: atomicsession.ErrCondition},
		"/ended":     &atomicsession.Error{Op: "touch", Err: atomicsession.ErrNotFound},
		"/other":     errors.New("another"),
	}
	for path, err := range errs {
		huma.Get(api, path, func(context.Context, *struct{}) (*struct{}, error) { return nil, err })
	}
	b := browser.New(t, mux)
	if a := call(t, b, http.MethodGet, "/condition", "", nil).want(t, 409); a.Title != "Conflict" || len(a.Errors) != 0 {
		t.Errorf("the answer is %+v", a)
	}
	a := call(t, b, http.MethodGet, "/ended", "", nil).want(t, 410)
	if a.header.Get("Retry-After") != "1" || a.header.Get("Content-Type") != "application/problem+json" || len(a.Errors) != 0 {
		t.Errorf("the answer is %+v", a)
	}
	if a := call(t, b, http.MethodGet, "/other", "", nil).want(t, 500); a.Detail != "unexpected error occurred" {
		t.Errorf("the answer is %+v", a)
	}
}
