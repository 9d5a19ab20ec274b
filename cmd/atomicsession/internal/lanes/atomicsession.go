package lanes

import (
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/atomicsession/atomicsession"
)

var (
	visitsKey = atomicsession.NewCounter("visits")
	cartKey   = atomicsession.NewMap[bool]("cart")
	codeKey   = atomicsession.NewKey[string]("code")
	triesKey  = atomicsession.NewCounter("tries")
	userKey   = atomicsession.NewKey[string]("user")
	themeKey  = atomicsession.NewKey[string]("theme")
)

// ours is the site with this library.
type ours struct{ sessions *atomicsession.Manager }

func newOurs(c Config) (handlers, error) {
	sessions, err := newSessions(c)
	return handlers{sessions.Middleware, ours{sessions}}, err
}

func newSessions(c Config) (*atomicsession.Manager, error) {
	return atomicsession.New(traced{c.Store}, &atomicsession.Options{
		MaxAge: c.MaxAge,
		Cookie: atomicsession.CookieOptions{Name: "race-atomicsession", Path: c.Path, InsecureHTTP: !c.Secure},
		Realm:  "races", StoreTimeout: c.Timeout, Logger: c.Logger,
	})
}

func (o ours) begin(w http.ResponseWriter, r *http.Request) {
	err := o.sessions.Get(r.Context()).Reset(r.Context(), codeKey.Set(secretCode), userKey.Set("ada"))
	reply(w, r, true, err)
}

func (o ours) counter(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	s := o.sessions.Get(ctx)
	work(ctx)
	n, err := visitsKey.Add(ctx, s, 1)
	reply(w, r, n, err)
}

func (o ours) cart(w http.ResponseWriter, r *http.Request) {
	ctx, item := r.Context(), r.FormValue("item")
	s := o.sessions.Get(ctx)
	work(ctx)
	if err := s.Update(ctx, cartKey.At(item).Set(true)); err != nil {
		reply(w, r, 0, err)
		return
	}
	cart, _, err := cartKey.Get(ctx, s) // known without a load
	reply(w, r, len(cart), err)
}

func (o ours) code(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	_, ok, err := codeKey.Take(ctx, o.sessions.Get(ctx))
	work(ctx)
	reply(w, r, ok, err)
}

func (o ours) tries(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	s := o.sessions.Get(ctx)
	few := atomicsession.If(triesKey.Lt(mostTries))
	err := s.Update(ctx, few, triesKey.Inc(1))
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
	_, ok, err := userKey.Get(ctx, s)
	if err != nil || !ok {
		reply(w, r, false, err)
		return
	}
	work(ctx)
	err = s.Update(ctx, themeKey.Set("dark"))
	reply(w, r, true, err)
}

func (o ours) signOut(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	err := o.sessions.Get(ctx).Destroy(ctx)
	reply(w, r, true, err)
}

func (o ours) left(w http.ResponseWriter, r *http.Request) {
	var visits, tries int64
	var cart map[string]bool
	var code, user string
	err := o.sessions.Get(r.Context()).Read(r.Context(),
		visitsKey.Into(&visits), triesKey.Into(&tries), cartKey.Into(&cart), codeKey.Into(&code), userKey.Into(&user))
	reply(w, r, Left{
		Visits: int(visits), Tries: int(tries), Items: slices.Sorted(maps.Keys(cart)), Code: code != "", SignedIn: user != "",
	}, err)
}
