// Package snippets is what pages show without the checks of errors that programs have around it. It is compiled, so that no page shows
// what does not build, and never run.
package snippets

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

func migrating() (atomicsession.Key[string], atomicsession.Counter, atomicsession.Flash[string]) {
	var (
		Name   = atomicsession.NewKey[string]("name")
		Visits = atomicsession.NewCounter("visits")
		Flash  = atomicsession.NewFlash[string]("flash")
	)
	return Name, Visits, Flash
}

// Line is a line of a cart.
type Line struct {
	SKU string `json:"sku"`
	Qty int64  `json:"qty"`
}

// The keys of docs/operators.md.
var (
	Visits = atomicsession.NewCounter("visits")
	Theme  = atomicsession.NewKey[string]("theme")
	Seen   = atomicsession.NewKey[time.Time]("seen")
	Tags   = atomicsession.NewList[string]("tags")
	Lines  = atomicsession.NewList[Line]("lines") // type Line struct{ SKU string `json:"sku"`; Qty int64 `json:"qty"` }
	Cart   = atomicsession.NewMap[Line]("cart")   // by article
	SKU    = atomicsession.NewKey[string]("sku")  // inside a Line
	Qty    = atomicsession.NewCounter("qty")
	Flash  = atomicsession.NewKey[string]("flash")
)

func flow(store *memstore.Store, mux *http.ServeMux, saml http.Handler) error {
	flows, err := atomicsession.New(store, &atomicsession.Options{
		Realm: "flow", MaxAge: 15 * time.Minute,
		Cookie: atomicsession.CookieOptions{Name: "__Host-flow", SameSite: http.SameSiteNoneMode},
	})
	mux.Handle("/saml/", flows.Middleware(saml)) // inside sessions.Middleware, outside ProtectCSRF
	return err
}

func browse(mux *http.ServeMux) error {
	sessions, err := atomicsession.New(memstore.New(nil), nil)
	server := httptest.NewServer(sessions.Middleware(mux))
	browser := server.Client()
	browser.Jar, err = cookiejar.New(nil)
	return err
}

func handle(ctx context.Context, s *atomicsession.Session) error {
	theme, tries := atomicsession.NewKey[string]("theme"), atomicsession.NewCounter("tries")
	cart := atomicsession.NewList[string]("cart")

	var err error
	// Several changes are one command: all of them, or none.
	err = s.Update(ctx, theme.Set("dark"), cart.Push("tea"))

	// The value, whether there is one, and an error.
	color, ok, err := theme.Get(ctx, s)

	// Only if the condition holds in this very step.
	err = s.Update(ctx, atomicsession.If(tries.Lt(5)), tries.Inc(1))

	// Sign out.
	err = s.Destroy(ctx)
	_, _ = color, ok
	return err
}
