package lanes

import (
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/atomicsession/atomicsession"
)

var (
	visits = atomicsession.NewCounter("visits")
	cart   = atomicsession.NewMap[bool]("cart")
	code   = atomicsession.NewKey[string]("code")
	tries  = atomicsession.NewCounter("tries")
	user   = atomicsession.NewKey[string]("user")
	theme  = atomicsession.NewKey[string]("theme")
)

// ours is the site with this library.
type ours struct{ sessions *atomicsession.Manager }

func newOurs(c Config) (handlers, error) {
	sessions, err := newSessions(c)
	return handlers{sessions.Middleware, ours{sessions}}, err
}

func newSessions(c Config) (*atomicsession.Manager, error) {
	store := traced{c.Store}
	return atomicsession.New(store, &atomicsession.Options{
		Cookie: atomicsession.CookieOptions{
			Name:         "race-atomicsession",
			Path:         c.Path,
			InsecureHTTP: !c.Secure,
		},
		Realm:        "races",
		MaxAge:       c.MaxAge,
		StoreTimeout: c.Timeout,
		Logger:       c.Logger,
	})
}

func (o ours) begin(w http.ResponseWriter, r *http.Request) {
	err := o.sessions.Get(r.Context()).Reset(r.Context(), code.Set(secretCode), user.Set("ada"))
	reply(w, r, true, err)
}

func (o ours) counter(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	s := o.sessions.Get(ctx)
	work(ctx)
	n, err := visits.Add(ctx, s, 1)
	reply(w, r, n, err)
}

func (o ours) cart(w http.ResponseWriter, r *http.Request) {
	ctx, item := r.Context(), r.FormValue("item")
	s := o.sessions.Get(ctx)
	work(ctx)
	err := s.Update(ctx, cart.At(item).Set(true))
	if err != nil {
		reply(w, r, 0, err)
		return
	}
	items, _, err := cart.Get(ctx, s) // asks no store
	reply(w, r, len(items), err)
}

func (o ours) code(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	s := o.sessions.Get(ctx)
	_, ok, err := code.Take(ctx, s)
	work(ctx)
	reply(w, r, ok, err)
}

func (o ours) tries(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	s := o.sessions.Get(ctx)
	few := atomicsession.If(tries.Lt(mostTries))
	err := s.Update(ctx, few, tries.Inc(1))
	if errors.Is(err, atomicsession.ErrCondition) {
		reply(w, r, false, nil) // locked out
		return
	}
	work(ctx) // checks the guess
	reply(w, r, true, err)
}

func (o ours) slow(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	s := o.sessions.Get(ctx)
	_, ok, err := user.Get(ctx, s)
	if err != nil || !ok {
		reply(w, r, false, err)
		return
	}
	work(ctx)
	err = s.Update(ctx, theme.Set("dark"))
	reply(w, r, true, err)
}

func (o ours) signOut(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	err := o.sessions.Get(ctx).Destroy(ctx)
	reply(w, r, true, err)
}

func (o ours) left(w http.ResponseWriter, r *http.Request) {
	var n, guesses int64
	var items map[string]bool
	var secret, name string
	err := o.sessions.Get(r.Context()).Read(r.Context(),
		visits.Into(&n), tries.Into(&guesses), cart.Into(&items), code.Into(&secret), user.Into(&name))
	reply(w, r, Left{
		Visits: int(n), Tries: int(guesses), Items: slices.Sorted(maps.Keys(items)), Code: secret != "", SignedIn: name != "",
	}, err)
}
