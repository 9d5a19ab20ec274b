package lanes

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/driver"
	ourmemstore "github.com/atomicsession/atomicsession/memstore"
)

// scsSite is the site with scs, whatever the store.
type scsSite struct{ sessions *scs.SessionManager }

func newSCSSite(c Config) (handlers, error) {
	sessions := newSCS(c)
	return handlers{sessions.LoadAndSave, scsSite{sessions}}, nil
}

func newBridgeSite(c Config) (handlers, error) {
	sessions := newBridge(c)
	return handlers{sessions.LoadAndSave, scsSite{sessions}}, nil
}

// scsDefaults are those of scs. Its New starts a goroutine for a memory store that nothing stops without a data race, so it is called
// once. The store of a run has none, and is gone with its run.
var scsDefaults = sync.OnceValue(scs.New)

func newSCS(c Config) *scs.SessionManager {
	sessions := *scsDefaults() // scs.New()
	sessions.Store = tracedSCS{memstore.NewWithCleanupInterval(0)}
	sessions.Lifetime = c.MaxAge
	sessions.Cookie.Name = "race-scs"
	sessions.Cookie.Path = c.Path
	sessions.Cookie.Secure = c.Secure
	return &sessions
}

func newBridge(c Config) *scs.SessionManager {
	sessions := newSCS(c)
	sessions.Cookie.Name = "race-bridge"
	store := traced{newMemstore()}
	b := scsbridge.Use(sessions, store, &scsbridge.Options{
		Timeout: c.Timeout,
		Logger:  c.Logger,
	})
	sessions.ErrorFunc = b.ErrorFunc
	return sessions
}

// newMemstore returns a store with room for one run.
func newMemstore() driver.Store {
	return ourmemstore.New(&ourmemstore.Options{MaxBytes: 4 << 20})
}

func (s scsSite) begin(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	err := s.sessions.Clear(ctx)
	if err == nil {
		err = s.sessions.RenewToken(ctx)
	}
	s.sessions.Put(ctx, "code", secretCode)
	s.sessions.Put(ctx, "user", "ada")
	reply(w, r, true, err)
}

func (s scsSite) counter(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	n := s.sessions.GetInt(ctx, "visits") + 1
	work(ctx)
	s.sessions.Put(ctx, "visits", n)
	reply(w, r, n, nil)
}

func (s scsSite) cart(w http.ResponseWriter, r *http.Request) {
	ctx, item := r.Context(), r.FormValue("item")
	work(ctx)
	s.sessions.Put(ctx, "cart:"+item, true)
	reply(w, r, len(s.items(ctx)), nil)
}

func (s scsSite) code(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	code := s.sessions.PopString(ctx, "code")
	work(ctx)
	reply(w, r, code != "", nil)
}

func (s scsSite) tries(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	n := s.sessions.GetInt(ctx, "tries")
	if n >= mostTries {
		reply(w, r, false, nil) // locked out
		return
	}
	s.sessions.Put(ctx, "tries", n+1)
	work(ctx) // checks the guess
	reply(w, r, true, nil)
}

func (s scsSite) slow(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.sessions.Exists(ctx, "user") {
		reply(w, r, false, nil)
		return
	}
	work(ctx)
	s.sessions.Put(ctx, "theme", "dark")
	reply(w, r, true, nil)
}

func (s scsSite) signOut(w http.ResponseWriter, r *http.Request) {
	err := s.sessions.Destroy(r.Context())
	reply(w, r, true, err)
}

func (s scsSite) left(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	reply(w, r, Left{
		Visits: s.sessions.GetInt(ctx, "visits"), Tries: s.sessions.GetInt(ctx, "tries"), Items: s.items(ctx),
		Code: s.sessions.Exists(ctx, "code"), SignedIn: s.sessions.Exists(ctx, "user"),
	}, nil)
}

// items returns what is in the cart.
func (s scsSite) items(ctx context.Context) []string {
	var items []string
	for _, key := range s.sessions.Keys(ctx) {
		if item, ok := strings.CutPrefix(key, "cart:"); ok {
			items = append(items, item)
		}
	}
	slices.Sort(items)
	return items
}
